import Foundation
import Testing
import VMJSON

@testable import VMCommands

/// One change of the store, which is interrupted at every place at which it has changed anything.
enum StoreWalk: String, CaseIterable {
    case define, redefine, edit, rename, undefine, undo, mark, unmark, describe

    static let uuid = "6f1a2c1e-0000-4000-8000-00000000000a"

    /// What is there before.
    func prepare(_ program: Program, _ one: String) -> [Program.Result] {
        var steps: [[String]] = self == .define ? [] : [["define", one]]
        if [.rename, .undefine, .undo, .unmark].contains(self) { steps.append(["autostart", "walk"]) }
        if self == .undo { steps.append(["undefine", "walk"]) }
        return steps.map { program.run($0) }
    }

    func words(one: String, two: String) -> [String] {
        switch self {
        case .define: ["define", one]
        case .redefine: ["define", two]
        case .edit: ["edit", "walk"]
        case .rename: ["domrename", "walk", "walked"]
        case .undefine: ["undefine", "walk"]
        case .undo: ["undefine", "--undo", "walk"]
        case .mark: ["autostart", "walk"]
        case .unmark: ["autostart", "walk", "--disable"]
        case .describe: ["desc", "walk", "--title", "two"]
        }
    }
}

/// What of the store can be seen from outside.
private struct StoreView: Equatable {
    /// Name, title and mark of each domain.
    var domains: [String]
    var discarded: [String]

    init(_ program: Program) {
        let list = program.run("list", "--all", "--title", "--output", "json")
        #expect(list.status == 0, "\(list.errors)")
        domains = (list.json.array ?? []).map { domain in
            #expect(domain["problem"] == nil, "\(domain)")
            let mark = domain["autostart"]?.bool == true ? " marked" : ""
            // By its UUID it is found whatever has become of the index.
            let found = program.run("domname", domain["uuid"]?.string ?? "?").output
            #expect(found.hasPrefix(domain["name"]?.string ?? "?"), "\(domain)")
            return (domain["name"]?.string ?? "?") + ":" + (domain["title"]?.string ?? "") + mark
        }
        let trash = program.run("list", "--undefined", "--output", "json").json
        if domains.isEmpty { #expect(program.run("domname", StoreWalk.uuid).status != 0) }
        discarded = (trash.array ?? []).compactMap { $0["name"]?.string }
    }
}

@Suite("kill -9 of vmctl at every write of a change of the store", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct StoreKillTests {
    private func document(_ title: String) -> String {
        """
        <domain type='qemu'><name>walk</name><uuid>\(StoreWalk.uuid)</uuid><title>\(title)</title>
        <memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os></domain>
        """
    }

    @Test("all is as before or as after, nothing is lost, and it can be done again", arguments: StoreWalk.allCases)
    func walk(_ walk: StoreWalk) throws {
        let program = Program()
        let one = try program.file("one.xml", document("one"))
        let two = try program.file("two.xml", document("two"))
        let words = walk.words(one: one, two: two)
        let editor = ["VISUAL": "sed -i 's/>one</>two</'"]
        func begin() {
            try? FileManager.default.removeItem(atPath: program.home + "/config")
            for result in walk.prepare(program, one) { #expect(result.status == 0, "\(result.errors)") }
        }
        begin()
        let before = StoreView(program)
        #expect(program.run(words, environment: editor).status == 0)
        let after = StoreView(program)
        #expect(before != after)
        var places = 0
        while places < 200 {
            begin()
            let killed = program.run(words, environment: editor.merging(["VMCTL_FAILPOINT": "#\(places + 1)"]) { $1 })
            if killed.status == 0 { break }
            try #require(killed.status == SIGKILL, "\(killed.errors)")
            places += 1
            var seen = StoreView(program)
            // Its old form may lie in the trash already, or still.
            if walk == .undo, seen.domains == after.domains { seen.discarded = after.discarded }
            #expect(seen == before || seen == after, "at place \(places): \(seen)")
            // The same again: done now, or refused because it is done.
            let again = program.run(words, environment: editor)
            #expect(again.status == 0 || seen == after, "at place \(places): \(again.errors)")
            var last = StoreView(program)
            if walk == .undo { last.discarded = after.discarded }
            #expect(last == after, "at place \(places): \(last)")
            // What the killed one was writing is gone with the next change.
            #expect(program.run("define", try other(program)).status == 0)
            let left = try FileManager.default.contentsOfDirectory(atPath: program.home + "/config/domains")
            #expect(!left.contains { $0.hasPrefix(".new-") }, "\(left)")
        }
        #expect(places >= 1)
        #expect(places < 200)
    }

    private func other(_ program: Program) throws -> String {
        try program.file(
            "other.xml",
            "<domain type='qemu'><name>other</name><uuid>6f1a2c1e-0000-4000-8000-00000000000b</uuid>"
                + "<memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os></domain>")
    }
}
