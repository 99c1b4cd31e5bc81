import Foundation
import TestNeeds

/// libvirt's corpus of domain XML and recorded conversations, where it lies beside the checkout or where
/// `VMCTL_CORPUS` says.
enum Corpus {
    static let folder = Need.corpusFolder

    /// The paths of all recorded conversations.
    static let recordings: [String] = {
        guard let folder else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/caps")) ?? []
        return names.filter { $0.hasSuffix(".replies") }.sorted().map { folder + "/caps/" + $0 }
    }()

    static func recording(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: (folder ?? "") + "/caps/" + name)))
    }
}
