import Foundation
import Testing
import VMJSON

@testable import VMCommands

/// What is said of the host and of this program.
@Suite("Verbs of the host") struct HostVerbTests {
    @Test("The URI is this user's; another driver's is refused")
    func uri() {
        let program = Program()
        #expect(program.run("uri").output == (geteuid() == 0 ? "qemu:///system\n" : "qemu:///session\n"))
        for uri in ["xen:///system", "qemu+ssh://host/system", "nonsense"] {
            let result = program.run("-c", uri, "list")
            #expect(result.status != 0 && result.errors.contains(uri), "\(uri): \(result.errors)")
        }
    }

    @Test("The version is the package's, as text and as a value")
    func version() {
        let program = Program()
        let result = program.run("version")
        #expect(result.status == 0 && result.output.contains(Version.number))
        #expect(program.run("--version").output.contains(Version.number))
    }

    @Test("Figures of the host add up")
    func nodeInfo() throws {
        let program = Program()
        let result = program.run("nodeinfo", "--output", "json")
        #expect(result.status == 0)
        let text = program.run("nodeinfo").output
        for label in ["CPU model:", "CPU(s):", "Memory size:"] { #expect(text.contains(label), "\(text)") }
        let lines = text.split(separator: "\n")
        func figure(_ label: String) -> Int? {
            let line = lines.first { $0.hasPrefix(label) }
            return line?.split(separator: ":").last?.split(separator: " ").first.flatMap { Int($0) }
        }
        #expect(figure("CPU(s):") == ProcessInfo.processInfo.processorCount)
        let memory = try #require(figure("Memory size:"))
        let real = Int(ProcessInfo.processInfo.physicalMemory >> 10)
        #expect(memory == real || abs(memory - real) < real / 8)
    }

    @Test("doctor ends with an error exactly where it found one, and shows all only when asked")
    func doctor() throws {
        let program = Program()
        let short = program.run("doctor")
        let all = program.run("doctor", "--all")
        #expect(short.status == all.status)
        #expect(all.output.split(separator: "\n").count >= short.output.split(separator: "\n").count)
        let findings = program.run("doctor", "--all", "--output", "json").json
        let states = (findings["findings"]?.array ?? findings.array ?? []).compactMap { $0["status"]?.string }
        #expect(states.count > 8)
        #expect((short.status == 0) == !states.contains("error"))
    }

    @Test("Help knows every verb, and says what one isn't")
    func help() {
        let program = Program()
        for name in ["start", "pool-list", "qmp", "doctor"] {
            let result = program.run("help", name)
            #expect(result.status == 0 && result.output.contains(name))
        }
        let result = program.run("help", "strat")
        #expect(result.status != 0 && result.errors.contains("start"))
    }
}
