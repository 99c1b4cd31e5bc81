import Foundation
import Testing
import VMCore

@testable import VMDomain

/// What is written is what libvirt's own schema takes, where schema and xmllint are installed.
@Suite struct SchemaTests {
    private static let schema: String? = {
        let environment = ProcessInfo.processInfo.environment
        let folders = [environment["VMCTL_SCHEMAS"], "/usr/share/libvirt/schemas"].compactMap { $0 }
        let path = folders.map { $0 + "/domain.rng" }.first { FileManager.default.fileExists(atPath: $0) }
        return FileManager.default.fileExists(atPath: "/usr/bin/xmllint") ? path : nil
    }()

    @Test(
        "Documents that the schema takes are taken by it when they are written again",
        .enabled(if: schema != nil && Corpus.isThere, "no schema, no xmllint or no corpus"))
    func written() throws {
        let schema = try #require(Self.schema)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vmctl-schema-\(UUID().uuidString)")
        let (before, after) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
        for path in [before, after] {
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        var names: [String] = []
        for (name, text) in try Corpus.documents(in: "input") {
            guard let reading = try? Domain.read(Array(text.utf8), file: name), !reading.hasErrors else { continue }
            try text.write(to: before.appendingPathComponent(name), atomically: false, encoding: .utf8)
            try reading.value.xml.write(to: after.appendingPathComponent(name), atomically: false, encoding: .utf8)
            names.append(name)
        }
        let good = try valid(names, in: before, schema)
        #expect(good.count > 500)
        #expect(good.subtracting(try valid(names, in: after, schema)).sorted() == [])
    }

    /// The names of the documents that the schema takes.
    private func valid(_ names: [String], in folder: URL, _ schema: String) throws -> Set<String> {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/xmllint")
        process.currentDirectoryURL = folder
        process.arguments = ["--noout", "--relaxng", schema] + names
        let output = folder.appendingPathComponent(".report")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        let report = try String(contentsOf: output, encoding: .utf8)
        return Set(report.split(separator: "\n").filter { $0.hasSuffix(" validates") }.map { String($0.dropLast(10)) })
    }
}
