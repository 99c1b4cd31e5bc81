import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager

/// Sizes of firmware and of its variables, before a board refuses them or a guest hangs.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct FlashSizeTests {
    private let bench: DomainBench
    private let code: String
    private let template: String
    private let variables: String

    init() throws {
        bench = try DomainBench()
        (code, template, variables) = (
            bench.folder + "/code.fd", bench.folder + "/template.fd", bench.folder + "/variables.fd"
        )
        try file(code, 256 << 10)
        try file(template, 128 << 10)
    }

    private func file(_ path: String, _ bytes: Int) throws {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        #expect(truncate(path, bytes) == 0)
    }

    private func causes(arch: String = "x86_64", machine: String = "q35", _ template: String? = nil) throws -> [String]
    {
        let from = "template='\(template ?? self.template)'"
        let xml = """
            <domain type='qemu'><name>flash</name><memory unit='MiB'>64</memory>
            <os><type arch='\(arch)' machine='\(machine)'>hvm</type><loader readonly='yes' type='pflash'>\(code)</loader>
            <nvram \(from)>\(variables)</nvram></os>
            <features><acpi/></features></domain>
            """
        return bench.manager.check(try Domain(xml: xml)).causes.map(\.message)
    }

    @Test("variables that are of another size than their template, with both sizes")
    func otherFirmware() throws {
        #expect(try causes().isEmpty)
        try file(variables, 528 << 10)
        let expected =
            "the file of firmware variables '\(variables)' has 540672 bytes, and its template '\(template)' 131072: it "
            + "is that of other firmware"
        #expect(try causes() == [expected])
        let xml = """
            <domain type='qemu'><name>renewed</name><memory unit='MiB'>64</memory>
            <os><type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes' type='pflash'>\(code)</loader>
            <nvram template='\(template)'>\(variables)</nvram></os>
            <features><acpi/></features><devices><emulator>\(Bench.qemu)</emulator></devices>
            </domain>
            """
        _ = try bench.manager.define(Array(xml.utf8))
        let error = #expect(throws: VMError.self) { try bench.manager.start("renewed", paused: true) }
        #expect(error.map { "\($0)" }?.contains(expected) == true)
        // Made anew it is of the right size.
        #expect(try bench.manager.start("renewed", paused: true, resetNVRAM: true).state == .paused)
        #expect(Files.stamp(variables)?.size == 128 << 10)
        try bench.manager.destroy("renewed")
    }

    @Test("odd sizes, before the file is made and after", arguments: [0, 1000, 4097])
    func odd(bytes: Int) throws {
        try file(template, bytes)
        #expect(try causes().contains { $0.contains("has \(bytes) bytes: flash consists of whole pages") })
        try file(variables, bytes)
        #expect(
            try causes().contains { $0.contains("'\(variables)' has \(bytes) bytes: flash consists of whole pages") })
    }

    @Test("more than the board has room for, in raw bytes and in qcow2's")
    func tooMuch() throws {
        try file(template, 8 << 20)
        let sizes = try causes().first
        #expect(sizes?.contains("'\(code)' has 262144 bytes, ") == true)
        #expect(sizes?.contains("'\(template)' has 8388608 bytes: both together may have 8388608 bytes") == true)
    }

    @Test("a board whose flash has one size")
    func exact() throws {
        let messages = try causes(arch: "aarch64", machine: "virt")
        #expect(
            messages.contains(
                "the firmware image '\(code)' has 262144 bytes, and the flash of machine 'virt' 67108864")
                || messages.contains { $0.contains("and the flash of machine 'virt-") }, "\(messages)")
    }
}
