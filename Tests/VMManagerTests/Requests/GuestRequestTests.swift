import Foundation
import TestBench
import Testing
import VMCore

@testable import VMManager

/// What is asked of a running machine: keys, pictures, memory, displays.
@Suite("Requests to a guest", .enabled(if: Bench.hasQEMU, "needs QEMU"), .timeLimit(.minutes(40)))
struct GuestRequestTests {
    @Test(
        "A picture of each screen that there is, and an error that says how many there are",
        arguments: LiveBench.emulators)
    func screenshots(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start("screens", emulator: emulator)
        let picture = try bench.manager.screenshot("screens")
        // PNG where QEMU can, else PPM.
        let isPicture = picture.starts(with: [0x89] + Array("PNG".utf8)) || picture.starts(with: Array("P6".utf8))
        #expect(isPicture && picture.count > 500)
        let error = #expect(throws: VMError.self) { _ = try bench.manager.screenshot("screens", screen: 5) }
        #expect(error?.code == .wrongState)
        #expect(throws: VMError.self) { _ = try bench.manager.screenshot("screens", screen: -1) }
    }

    @Test("Memory is read as it is, within its bounds", arguments: LiveBench.emulators)
    func memory(emulator: String) async throws {
        let bench = try LiveBench()
        try bench.start("memory", emulator: emulator)
        let machine = try await bench.manager.machine("memory")
        let bytes = try await machine.peekMemory(at: 0, count: 64, isPhysical: true)
        #expect(bytes.count == 64)
        #expect(try await machine.peekMemory(at: 0, count: 0, isPhysical: true) == [])
        for (address, count) in [(UInt64.max, 64), (0, 4 << 20 + 1), (0, -1)] {
            await #expect(throws: VMError.self, "\(address) \(count)") {
                _ = try await machine.peekMemory(at: address, count: count, isPhysical: true)
            }
        }
    }

    @Test("A machine that is off says so to each request")
    func off() throws {
        let bench = try Bench()
        try bench.define("off")
        let requests: [(String, () throws -> Void)] = [
            ("keys", { try bench.manager.sendKeys("off", [.number(1)]) }),
            ("picture", { _ = try bench.manager.screenshot("off") }),
            ("NMI", { try bench.manager.injectNMI("off") }),
            ("size", { try bench.manager.resizeBlock("off", disk: "vda", bytes: 1) }),
            ("threshold", { try bench.manager.setWriteThreshold("off", disk: "vda", bytes: 1) }),
        ]
        for (what, request) in requests {
            let error = #expect(throws: VMError.self, "\(what)") { try request() }
            #expect(error?.code == .wrongState, "\(what): \(error.debugDescription)")
        }
    }
}
