import Foundation

/// libvirt's corpus of domain XML and recorded conversations, where it lies beside the checkout or where
/// `VMCTL_CORPUS` says.
enum Corpus {
    static let folder: String? = {
        if let path = ProcessInfo.processInfo.environment["VMCTL_CORPUS"] { return exists(path) ? path : nil }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        let path = root.appendingPathComponent("shared/libvirt-corpus").path
        return exists(path) ? path : nil
    }()

    /// The paths of all recorded conversations.
    static let recordings: [String] = {
        guard let folder else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/caps")) ?? []
        return names.filter { $0.hasSuffix(".replies") }.sorted().map { folder + "/caps/" + $0 }
    }()

    static func recording(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: (folder ?? "") + "/caps/" + name)))
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
