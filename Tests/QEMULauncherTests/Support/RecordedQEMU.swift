import Foundation
import VMCore

@testable import QEMULauncher

/// Emulators by what they said of themselves once, in `Golden/Capabilities`.
enum RecordedQEMU {
    /// Debian's QEMU of an architecture, and `x86_64-10`, a QEMU 10.
    static let names = ["x86_64", "aarch64", "ppc64", "riscv64", "s390x", "x86_64-10"]

    /// The recording for a document: that of QEMU 10 where its emulator's path says so.
    static func name(architecture: String, emulator: String?) -> String {
        architecture + (emulator?.contains("qemu-10") == true ? "-10" : "")
    }

    /// - Parameter isExtended: with what QEMUs newer than the recorded ones have besides.
    static func capabilities(_ name: String, isExtended: Bool = false) throws -> Capabilities {
        let file = "\(GoldenTests.folder)/Capabilities/\(name).replies"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        return try Capabilities.replay(Array((isExtended ? extended(text) : text).utf8))
    }

    /// The question that an answer belongs to, and what is put into the answer.
    private static let additions = [
        (#""typename":"amd-iommu""#, #"{"name":"pci-id","type":"str"},{"name":"dma-translation","type":"bool"}"#),
        (#""typename":"virtio-blk-pci""#, #"{"name":"stats-intervals","type":"list"}"#),
        (#""typename":"scsi-block""#, #"{"name":"migrate-pr","type":"bool"}"#),
        (#""execute":"qom-list-types""#, #"{"name":"arm-smmuv3","parent":"arm-smmu"}"#),
    ]

    private static func extended(_ text: String) -> String {
        var lines = text.split(separator: "\n").map(String.init)
        for (question, addition) in additions {
            guard let place = lines.firstIndex(where: { $0.contains(question) }), place + 1 < lines.count else {
                continue
            }
            let rest = lines[place + 1].dropFirst(#"{"return":["#.count)
            lines[place + 1] = #"{"return":["# + addition + (rest.hasPrefix("]") ? "" : ",") + rest
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
