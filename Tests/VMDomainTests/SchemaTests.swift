import Foundation
import Testing
import VMCore
import VMXML

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
        .enabled(if: schema != nil && Corpus.folder != nil, "no schema, no xmllint or no corpus"),
        arguments: [("expected", 600), ("input", 650)])
    func written(_ kind: String, atLeast: Int) throws {
        // What libvirt itself refuses has no form in which it would have to be written.
        let refused = Set(try Corpus.cases().filter { $0.kind == "parse-error" }.map(\.input))
        let documents = try Corpus.documents(in: kind).filter { !refused.contains("\(kind)/\($0.name)") }
        let good = try check(documents)
        #expect(good >= atLeast, "only \(good) documents are taken")
    }

    @Test(
        "The project's own examples are taken, and what is written for them",
        .enabled(if: schema != nil, "no schema or no xmllint"))
    func examples() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("examples/domains")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".xml") }
        let documents = try names.map {
            ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8))
        }
        #expect(try check(documents) > 0)
    }

    /// Reads and writes every document that the schema takes, and expects that it takes the result.
    ///
    /// - Returns: How many these are.
    private func check(_ documents: [(name: String, text: String)]) throws -> Int {
        let schema = try #require(Self.schema)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vmctl-schema-\(UUID().uuidString)")
        let (before, after) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
        for path in [before, after] {
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in documents {
            try text.write(to: before.appendingPathComponent(name), atomically: false, encoding: .utf8)
        }
        let good = try valid(documents.map(\.name), in: before, schema)
        for (name, text) in documents where good.contains(name) {
            let reading = try Domain.read(Array(text.utf8), file: name, options: .lenient)
            #expect(!reading.hasErrors, "\(name): \(reading.diagnostics)")
            try reading.value.xml.write(to: after.appendingPathComponent(name), atomically: false, encoding: .utf8)
        }
        #expect(good.subtracting(try valid(good.sorted(), in: after, schema)).sorted() == [])
        return good.count
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
