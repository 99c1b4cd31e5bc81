import Foundation
import Testing
import VMDomain

/// No setting is silently without effect.
///
/// What a setting does is found by planning documents with it and without it, and with other values of it: the ones in
/// `Documents` and the golden ones. What no plan shows is said in `elsewhere.txt`, with the test that shows it.
@Suite("Effects of settings")
struct EffectTests {
    @Test("Each setting reaches QEMU or a helper, or is refused or warned of, or is known to act elsewhere")
    func complete() throws {
        let table = try EffectTable.current.get()
        let missing = table.paths.filter { table.effects[$0] == nil }
        if let report = ProcessInfo.processInfo.environment["VMCTL_EFFECTS_REPORT"] {
            let lines = table.paths.map { path in
                "\(path)\t\(table.effects[path].map { "\($0)" } ?? table.silent[path].map { "SILENT in \($0)" } ?? "UNSEEN")"
                    + "\t\(table.words[path] ?? "")"
            }
            let rest =
                ["", "unreadable:"] + table.unreadable + ["refused:"] + table.refused + ["\(table.outcomes) outcomes\n"]
            try (lines + rest).joined(separator: "\n").write(
                toFile: report, atomically: true, encoding: .utf8)
        }
        #expect(table.unreadable == [])
        for path in missing {
            let place =
                table.silent[path].map { "nothing in '\($0)' depends on it" } ?? "no document shows what it does"
            Issue.record("\(path): \(place)")
        }
    }

    @Test("What is said to act elsewhere is a setting, and the test that shows it is there")
    func elsewhere() throws {
        let table = try EffectTable.current.get()
        let tests = try Self.tests()
        for entry in table.elsewhere.entries {
            let settings = table.paths.filter { table.elsewhere.entry(for: $0)?.path == entry.path }
            #expect(!settings.isEmpty, "\(entry.path): there is no such setting, or an entry before has it")
            guard entry.test != "-" else { continue }
            let parts = entry.test.split(separator: ".", maxSplits: 1).map(String.init)
            let text = tests[parts.first ?? ""] ?? ""
            let isThere = ["func \(parts.last ?? "")(", "func `\(parts.last ?? "")`("].contains { text.contains($0) }
            #expect(isThere, "\(entry.path): there is no test \(entry.test)")
        }
    }

    /// The sources of all test suites, by the suite's name.
    private static func tests() throws -> [String: String] {
        let root = URL(fileURLWithPath: EffectTable.folder).deletingLastPathComponent().deletingLastPathComponent()
        var suites: [String: String] = [:]
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let name = file.deletingPathExtension().lastPathComponent
            let suite = String(name.prefix { $0 != "+" })
            suites[suite, default: ""] += try String(contentsOf: file, encoding: .utf8)
        }
        return suites
    }
}
