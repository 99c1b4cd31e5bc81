import Foundation
import Testing
import VMCore
import VMDomain
import VMXML

@testable import QEMULauncher

/// Documents of our own with what is stored of them and the command lines that come of them, for each kind of device and each
/// architecture: whatever changes a machine shows here as a changed line, in a checkout alone.
///
/// `Golden/NAME.xml`, `NAME.ARCH.stored`, and `NAME.ARCH.args` with one option a line. A change that is meant is written by
/// `VMCTL_WRITE_GOLDEN=1 swift test --filter GoldenTests`; what the emulators can do is recorded by
/// `scripts/record-capabilities`.
@Suite("Documents and their command lines")
struct GoldenTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden"

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".xml") }.map { String($0.dropLast(4)) }.sorted()
    }()

    /// Nothing of the host these tests run on.
    private static let host: HostFacts = {
        var host = HostFacts()
        host.folders.machine = "/run/golden"
        host.folders.nvram = "/var/nvram"
        host.folders.channels = "/run/channels"
        host.folders.memory = "/var/memory"
        host.folders.tpm = "/var/tpm"
        host.clock = (1_000_000_000, 0)
        return host
    }()

    private static let recordings = RecordedQEMU.names.map { name in
        (name, Result { try RecordedQEMU.capabilities(name) })
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
    }

    /// An option with its value on a line of its own.
    private static func text(_ words: [String]) -> String {
        var lines: [String] = []
        for word in words {
            if word.hasPrefix("-") || lines.isEmpty { lines.append(word) } else { lines[lines.count - 1] += " " + word }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    @Test("The command line is the golden one, word for word", arguments: names)
    func commandLine(name: String) throws {
        try compare(name, "args") { document, translator in
            Self.text(try translator.commandLine(document, file: name + ".xml"))
        }
    }

    @Test("The stored document is the golden one, line for line", arguments: names)
    func stored(name: String) throws {
        try compare(name, "stored") { document, translator in try translator.normalize(document, file: name + ".xml") }
    }

    /// Holds what comes of a document against `NAME.ARCH.KIND`.
    private func compare(
        _ name: String, _ kind: String, _ make: ([UInt8], DomainTranslator) throws -> String
    ) throws {
        let document = try Self.bytes(name + ".xml")
        let domain = try Domain.read(document, file: name + ".xml", options: .strict).checked()
        let architecture = try #require(domain.os.type?.arch)
        let emulator = RecordedQEMU.name(architecture: architecture, emulator: domain.devices.emulator)
        let recording = try #require(Self.recordings.first { $0.0 == emulator }).1
        let translator = DomainTranslator(
            capabilities: try recording.get(), host: Self.host, options: .init(isNewDefinition: kind == "stored"),
            reading: .strict)
        let found = try make(document, translator)
        let file = "\(Self.folder)/\(name).\(architecture).\(kind)"
        if ProcessInfo.processInfo.environment["VMCTL_WRITE_GOLDEN"] != nil {
            try found.write(toFile: file, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOfFile: file, encoding: .utf8)
        guard found != golden else { return }
        let (lines, wanted) = (found.split(separator: "\n"), golden.split(separator: "\n"))
        let changes = lines.difference(from: wanted).map { change in
            switch change {
            case .insert(_, let line, _): "+ \(line)"
            case .remove(_, let line, _): "- \(line)"
            }
        }
        Issue.record("\(name).\(architecture).\(kind):\n\(changes.joined(separator: "\n"))")
    }

    @Test("Every command line has its document, and every architecture both")
    func complete() throws {
        #expect(Self.names.count >= 35)
        let all = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        for kind in [".args", ".stored"] {
            let files = all.filter { $0.hasSuffix(kind) }
            #expect(Set(files.compactMap { $0.split(separator: ".").first.map(String.init) }) == Set(Self.names))
            #expect(files.count == Self.names.count)
            for (name, _) in Self.recordings {
                let architecture = name.prefix { $0 != "-" }
                #expect(files.contains { $0.hasSuffix(".\(architecture)\(kind)") })
            }
        }
    }
}
