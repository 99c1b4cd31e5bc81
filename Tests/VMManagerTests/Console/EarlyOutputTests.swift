import Foundation
import Glibc
import TestBench
import Testing
import VMCore
import VMManager

/// What guests print before somebody joins their consoles, by boot sectors on real QEMU.
@Suite("Early output of consoles", .serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct EarlyOutputTests {
    /// Prints a text on the first serial port.
    ///
    /// - Parameter isEndless: again and again; otherwise it halts behind the text.
    private func sector(_ text: String, isEndless: Bool = false) -> Data {
        // DS = 0; DX = 0x3f8; SI = the text behind the code; out until 0; halt, or begin again.
        let code: [UInt8] = [
            0x31, 0xc0, 0x8e, 0xd8, 0xba, 0xf8, 0x03, 0xbe, 0x15, 0x7c, 0xac, 0x84, 0xc0, 0x74,
            isEndless ? 0xf8 : 0x03, 0xee, 0xeb, 0xf8, 0xf4, 0xeb, 0xfd,
        ]
        let bytes = code + Array(text.utf8) + [0]
        return Data(bytes + [UInt8](repeating: 0, count: 510 - bytes.count) + [0x55, 0xaa])
    }

    /// Prints a text that many times on the first serial port, with a pause behind each character, and halts.
    private func slowSector(_ text: String, times: UInt16, pause: UInt16) -> Data {
        func little(_ number: UInt16) -> [UInt8] { [UInt8(number & 0xff), UInt8(number >> 8)] }
        // BX counts the texts, CX the pause; SI = the text behind the code.
        let begin: [UInt8] = [0x31, 0xc0, 0x8e, 0xd8, 0xba, 0xf8, 0x03, 0xbb] + little(times)
        let character: [UInt8] = [0xbe, 0x20, 0x7c, 0xac, 0x84, 0xc0, 0x74, 0x08, 0xee, 0xb9] + little(pause)
        let end: [UInt8] = [0xe2, 0xfe, 0xeb, 0xf3, 0x4b, 0x75, 0xed, 0xf4, 0xeb, 0xfd]
        let bytes = begin + character + end + Array(text.utf8) + [0]
        return Data(bytes + [UInt8](repeating: 0, count: 510 - bytes.count) + [0x55, 0xaa])
    }

    private func file(_ bench: DomainBench, _ name: String) throws -> String {
        try bench.manager.find(name).runtime.path + "/console/serial0.log"
    }

    private func start(_ bench: DomainBench, _ name: String, _ serial: String = "<serial type='pty'/>") throws {
        try bench.define(name, serial, boots: true)
        try bench.manager.start(name)
    }

    /// What a channel gives until nothing has come for a while.
    private func all(_ channel: ConsoleChannel, limit: Int = 1 << 20) -> String {
        var bytes: [UInt8] = []
        while bytes.count < limit, let more = try? channel.receive(deadline: .after(.milliseconds(700))), !more.isEmpty
        {
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "who joins late gets what was printed before, once",
        arguments: [
            "<serial type='pty'/>", "<serial type='unix'><source mode='bind' path='FOLDER/early.sock'/></serial>",
        ])
    func late(serial: String) throws {
        let bench = try DomainBench(guest: sector("the guest begins\n"))
        try start(bench, "early", serial.replacingOccurrences(of: "FOLDER", with: bench.folder))
        let path = try file(bench, "early")
        try eventually("it is printed") { (try? Files.read(path))?.count == 17 }
        do {
            let channel = try bench.manager.openConsole("early")
            #expect(channel.earlierByteCount == 17)
            #expect(all(channel) == "the guest begins\n")
        }
        do {
            let channel = try bench.manager.openConsole("early")
            #expect(channel.earlierByteCount == 0)
            #expect(all(channel).isEmpty)
        }
        #expect(all(try bench.manager.openConsole("early", history: .all)) == "the guest begins\n")
        // A reset prints it again, and nobody is there.
        try bench.manager.reset("early")
        try eventually("it is printed again") { (try? Files.read(path))?.count == 34 }
        #expect(all(try bench.manager.openConsole("early", history: .none)).isEmpty)
        try bench.manager.destroy("early")
        #expect(!Files.exists(path))
    }

    @Test("nothing is lost or comes twice while a client joins")
    func joining() throws {
        // No more than is kept, so that nothing is lost however seldom this test has its turn.
        let bench = try DomainBench(guest: slowSector("0123456789", times: 4000, pause: 0x2000))
        try start(bench, "busy")
        let path = try file(bench, "busy")
        try eventually("it prints", within: .seconds(30)) { (Files.stamp(path)?.size ?? 0) > 1000 }
        let channel = try bench.manager.openConsole("busy")
        var bytes: [UInt8] = []
        while bytes.count < 40_000 {
            let more = try channel.receive(deadline: .after(.seconds(60)))
            if more.isEmpty { break }
            bytes += more
        }
        bytes += Array(all(channel).utf8)
        // Each character is followed by the next one.
        let breaks = zip(bytes, bytes.dropFirst()).filter { a, b in b != (a == 0x39 ? 0x30 : a + 1) }
        #expect(bytes.count == 40_000)
        #expect(breaks.isEmpty, "\(breaks.count) of \(bytes.count)")
    }

    @Test("a guest that prints without end takes no more than its share of the disk")
    func bounded() throws {
        let bench = try DomainBench(guest: sector("flood ", isEndless: true))
        try start(bench, "flood")
        let path = try file(bench, "flood")
        func blocks() -> Int {
            var status = stat()
            return stat(path, &status) == 0 ? Int(status.st_blocks) * 512 : 0
        }
        try eventually("much is printed", within: .seconds(60)) { (Files.stamp(path)?.size ?? 0) > 1 << 20 }
        try bench.manager.suspend("flood")
        try eventually("it is cut") { blocks() <= 256 << 10 }
        // The next supervisor does so, too.
        let before = try bench.manager.status("flood")
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        _ = try bench.manager.mend("flood")
        let size = Files.stamp(path)?.size ?? 0
        try bench.manager.resume("flood")
        try eventually("more is printed", within: .seconds(60)) { (Files.stamp(path)?.size ?? 0) > size + 1 << 20 }
        try bench.manager.suspend("flood")
        try eventually("it is cut again") { blocks() <= 256 << 10 }
        let channel = try bench.manager.openConsole("flood")
        #expect(channel.earlierByteCount == 64 << 10)
        #expect(all(channel).utf8.count >= 64 << 10)
    }
}
