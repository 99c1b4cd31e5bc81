import Foundation
import Testing
import VMJSON

@testable import VMCommands

/// Many processes that change the store at the same time.
@Suite("The store in a crowd of processes", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct StoreCrowdTests {
    private let program = Program()

    /// Runs a shell script for each of `count` processes at once and gives their exit codes; `$0` is vmctl, `$1` the
    /// process's number.
    private func crowd(_ count: Int, _ script: String) throws -> [Int32] {
        let processes = try (0..<count).map { number in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-ec", script, Program.executable, "\(number)"]
            process.environment = ProcessInfo.processInfo.environment.merging(["VMCTL_HOME": program.home]) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            return process
        }
        return processes.map { process in
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    private func document(_ name: String) -> String {
        """
        <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
        <os><type arch='x86_64' machine='none'>hvm</type></os></domain>
        """
    }

    @Test("different domains defined by eight processes are all there, by name and by UUID")
    func defines() throws {
        _ = program.run("define", try program.file("first.xml", document("first")))
        for number in 0..<8 {
            for round in 0..<6 {
                _ = try program.file("p\(number)r\(round).in", document("p\(number)r\(round)"))
            }
        }
        let codes = try crowd(8, "for r in 0 1 2 3 4 5; do \"$0\" define \"$VMCTL_HOME/p$1r$r.in\"; done")
        #expect(codes == Array(repeating: 0, count: 8))
        let list = program.run("list", "--all", "--output", "json").json.array ?? []
        #expect(list.count == 49)
        for domain in list {
            let uuid = try #require(domain["uuid"]?.string)
            #expect(program.run("domname", uuid).output.hasPrefix(domain["name"]?.string ?? "?"))
        }
    }

    @Test("changes of one definition by eight processes are all in it")
    func changes() throws {
        _ = program.run("define", try program.file("one.xml", document("one")))
        let codes = try crowd(
            8,
            """
            for r in 0 1 2 3; do "$0" metadata one urn:p$1r$r --key k --set "<v/>" --config; done
            """)
        #expect(codes == Array(repeating: 0, count: 8))
        let xml = program.run("dumpxml", "one").output
        for number in 0..<8 {
            for round in 0..<4 { #expect(xml.contains("urn:p\(number)r\(round)\""), "\(xml)") }
        }
    }

    @Test("removing, taking back, renaming and marking at once leave a whole store", .timeLimit(.minutes(40)))
    func everything() throws {
        for number in 0..<4 { _ = program.run("define", try program.file("d\(number).in", document("d\(number)"))) }
        let before = uuids()
        #expect(before.count == 4)
        // Each may come too late for the others; none may break anything.
        let codes = try crowd(
            8,
            """
            d=d$(($1 % 4)); set +e
            for r in 0 1 2 3; do
                "$0" autostart $d; "$0" undefine $d; "$0" undefine --undo $d
                "$0" domrename $d $d-new; "$0" domrename $d-new $d; "$0" desc $d --title "$1 $r"
            done 2> /dev/null
            "$0" undefine --undo $d 2> /dev/null; exit 0
            """)
        #expect(codes == Array(repeating: 0, count: 8))
        #expect(uuids() == before)
        let list = program.run("list", "--all", "--output", "json").json.array ?? []
        #expect(list.allSatisfy { $0["problem"] == nil }, "\(list)")
        for domain in list {
            #expect(program.run("domname", domain["uuid"]?.string ?? "?").status == 0)
        }
    }

    private func uuids() -> Set<String> {
        let list = program.run("list", "--all", "--output", "json").json.array ?? []
        return Set(list.compactMap { $0["uuid"]?.string })
    }
}
