import Foundation
import Glibc
import TestBench
import Testing

@testable import VMCore
@testable import VMManager

/// A client that joins, at the very moments in which QEMU has done one of two things.
@Suite struct EarlyOutputFileTests {
    private let path = "/tmp/vmctl-early-\(Foundation.UUID())"

    private func append(_ bytes: [UInt8]) throws {
        let file = try FileDescriptor.open(path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        try file.writeAll(bytes, path)
    }

    private func append(_ text: String) throws { try append(Array(text.utf8)) }

    /// All that comes within a while.
    private func receive(_ early: EarlyOutput, _ console: Int32, for time: Duration) -> [UInt8] {
        let deadline = Deadline.after(time)
        var bytes: [UInt8] = []
        while !deadline.hasPassed {
            if case .bytes(let more)? = early.receive(from: console, limit: 4096) { bytes += more }
            Poll.sleep(.milliseconds(2))
        }
        return bytes
    }

    @Test("what the console has given and the file gets a moment later comes, once")
    func between() throws {
        defer { unlink(path) }
        var pair: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for raw in pair { close(raw) } }
        Socket.setNonBlocking(pair[0])
        try append("before ")
        let early = try #require(EarlyOutput(path, mark: nil, .all))
        // Until QEMU is sure to have noticed the client.
        Poll.sleep(.milliseconds(1400))
        try append("first ")
        _ = "first second".withCString { write(pair[1], $0, strlen($0)) }
        var bytes = receive(early, pair[0], for: .milliseconds(60))
        try append("second")
        bytes += receive(early, pair[0], for: .milliseconds(600))
        #expect(String(decoding: bytes, as: UTF8.self) == "before first second")
        // Now it is the console that is read.
        #expect(early.isSettled)
    }

    @Test("what was given back to the file system reads as nothing, not as zeros")
    func holes() throws {
        defer { unlink(path) }
        var pair: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for raw in pair { close(raw) } }
        Socket.setNonBlocking(pair[0])
        try append([UInt8](repeating: 0x61, count: 128 << 10))
        let early = try #require(EarlyOutput(path, mark: nil, .all))
        try append([UInt8](repeating: 0x62, count: 128 << 10))
        let file = try FileDescriptor.open(path, flags: O_RDWR)
        let isGiven = file.giveBack(first: 192 << 10)
        #expect(isGiven)
        var bytes: [UInt8] = []
        while case .bytes(let more)? = early.receive(from: pair[0], limit: 4096) { bytes += more }
        let others = bytes.count { $0 != 0x62 }
        #expect(bytes.count == 64 << 10 && others == 0)
    }

    @Test("a console whose file takes nothing more gives what it has itself, once")
    func unwritable() throws {
        defer { unlink(path) }
        var pair: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for raw in pair { close(raw) } }
        Socket.setNonBlocking(pair[0])
        let early = try #require(
            { () throws in
                try append("kept ")
                return EarlyOutput(path, mark: nil, .all)
            }())
        _ = "kept lost".withCString { write(pair[1], $0, strlen($0)) }
        let bytes = receive(early, pair[0], for: .milliseconds(600))
        #expect(String(decoding: bytes, as: UTF8.self) == "kept lost")
    }
}
