import Foundation
import LibvirtWire
import TestBench
import Testing

@testable import LibvirtServer

/// docs/libvirt-procedures.md, which is written from the tables of procedures and from what is served.
struct ProcedureReferenceTests {
    private static let path = LiveBench.project + "/docs/libvirt-procedures.md"

    /// Those that the session answers by itself.
    private static let own: Set<Int32> = [
        Remote.authList.number, Remote.connectClose.number, Remote.connectSupportsFeature.number,
    ]

    private static func rows(_ table: ProcedureTable) -> String {
        table.rows.map { row in
            let isServed =
                ServiceTable.all.procedures.contains(ProcedureID(table.program, row.number))
                || table.program == .remote && own.contains(row.number)
            let kind =
                switch row.kind {
                case .readingCall: "reads"
                case .writingCall: "changes"
                case .event: "message"
                }
            return "| \(row.number) | \(row.text) | \(kind) | \(isServed ? "yes" : "") |"
        }.joined(separator: "\n")
    }

    private static var text: String {
        """
        # The procedures of libvirt's RPC

        Written by `make reference` from the tables of procedures and from what `vmctl serve` answers. What isn't served is
        answered with "unknown procedure", which libvirt's library turns into "not supported"; what "reads" is served on
        connections that only look, too. \(ServiceTable.all.procedures.count + own.count) calls are served.

        ## The program REMOTE, 0x20008086

        | no. | procedure | kind | served |
        | --: | --- | --- | --- |
        \(rows(.remote))

        ## The program QEMU, 0x20008087

        | no. | procedure | kind | served |
        | --: | --- | --- | --- |
        \(rows(.qemu))

        """
    }

    @Test
    func `The list of procedures says what is served`() throws {
        if ProcessInfo.processInfo.environment["VMCTL_WRITE_REFERENCE"] != nil {
            try Self.text.write(toFile: Self.path, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOfFile: Self.path, encoding: .utf8)
        #expect(written == Self.text, "run: make reference")
    }
}
