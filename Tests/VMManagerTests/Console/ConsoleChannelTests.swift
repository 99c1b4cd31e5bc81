import Foundation
import Glibc
import Testing
import VMCore

@testable import VMManager

@Suite("A console as a channel", .timeLimit(.minutes(40)))
struct ConsoleChannelTests {
    private let base = NSTemporaryDirectory() + "vmctl-console-" + String(UInt64.random(in: 0...(.max)), radix: 36)

    /// A pseudo terminal's other side, and a channel at it.
    private func channel(to listener: borrowing FileDescriptor, _ path: String, force: Bool = false) throws -> Line {
        let possession = try ConsolePossession(base, force: force, deadline: .after(.seconds(20)))
        let stream = try Socket.connect(to: .unix(path: path), deadline: .after(.seconds(5)))
        let channel = ConsoleChannel(.unix(path: path), stream, possession)
        while true {
            if let server = try Socket.accept(on: listener.raw) { return Line(channel, server) }
            Poll.sleep(.milliseconds(1))
        }
    }

    private func removeFiles() { for end in [".lock", ".request", ".sock"] { unlink(base + end) } }

    @Test("Bytes go both ways, and the end is told")
    func bytes() throws {
        defer { removeFiles() }
        let path = base + ".sock"
        let listener = try Socket.listen(at: .unix(path: path))
        let line = try channel(to: listener, path)
        let channel = try #require(line.channel)
        #expect(channel.receive() == .nothing)
        line.write("login: ")
        #expect(try channel.receive(deadline: .after(.seconds(5))) == Array("login: ".utf8))
        try channel.send(Array("root\n".utf8), deadline: .after(.seconds(5)))
        var room = [UInt8](repeating: 0, count: 16)
        #expect(Poll.isReadable(line.server, by: .after(.seconds(5))))
        #expect(read(line.server, &room, room.count) == 5 && room.starts(with: Array("root\n".utf8)))
        let late = #expect(throws: VMError.self) { try channel.receive(deadline: .after(.milliseconds(20))) }
        #expect(late?.code == .timeout)
        line.end()
        #expect(try channel.receive(deadline: .after(.seconds(5))).isEmpty)
        #expect(channel.receive() == .ended)
    }

    @Test("A guest that reads nothing holds nobody up past the deadline")
    func full() throws {
        defer { removeFiles() }
        let path = base + ".sock"
        let listener = try Socket.listen(at: .unix(path: path))
        let line = try channel(to: listener, path)
        let channel = try #require(line.channel)
        let error = #expect(throws: VMError.self) {
            try channel.send([UInt8](repeating: 65, count: 16 << 20), deadline: .after(.milliseconds(50)))
        }
        #expect(error?.code == .timeout)
    }

    @Test("A second client is refused in libvirt's words, until the first has let go")
    func exclusive() throws {
        defer { removeFiles() }
        do {
            let first = try ConsolePossession(base, force: false, deadline: .now)
            let isTaken = first.isTaken
            #expect(!isTaken)
            let error = #expect(throws: VMError.self) {
                _ = try ConsolePossession(base, force: false, deadline: .after(.seconds(5)))
            }
            #expect(error?.message == "operation failed: Active console session exists for this domain")
            #expect(error?.code == .busy)
            _ = consume first
        }
        // A process that another test is starting may have a copy of the lock for a moment.
        let second = try ConsolePossession(base, force: false, deadline: .after(.seconds(5)))
        let isTaken = second.isTaken
        #expect(!isTaken)
    }

    @Test("By force the first is told and lets go, and the second isn't told of its own request")
    func force() throws {
        defer { removeFiles() }
        let path = base + ".sock"
        let listener = try Socket.listen(at: .unix(path: path))
        let holder = try channel(to: listener, path)
        let told = Handoff<VMError?>()
        Threads.start {
            do throws(VMError) {
                _ = try holder.channel?.receive(deadline: .after(.seconds(60)))
                told.fulfil(nil)
            } catch {
                holder.channel = nil
                told.fulfil(error)
            }
        }
        let possession = try ConsolePossession(base, force: true, deadline: .after(.seconds(60)))
        #expect(told.wait(until: .after(.seconds(10)))??.code == .busy)
        let isTaken = possession.isTaken
        #expect(!isTaken)
    }

    @Test("A holder that doesn't let go keeps the console, and the other is told so")
    func stubborn() throws {
        defer { removeFiles() }
        let first = try ConsolePossession(base, force: false, deadline: .now)
        let error = #expect(throws: VMError.self) {
            _ = try ConsolePossession(base, force: true, deadline: .after(.milliseconds(100)))
        }
        #expect(error?.code == .busy && error?.message.contains("doesn't let go") == true)
        let isTaken = first.isTaken
        #expect(isTaken)
    }
}

/// A channel, and the socket that stands for the guest. One thread gives the channel up while another has it.
private final class Line: @unchecked Sendable {
    var channel: ConsoleChannel?
    var server: Int32

    init(_ channel: ConsoleChannel, _ server: consuming FileDescriptor) {
        self.channel = channel
        self.server = server.release()
    }

    deinit { end() }

    func write(_ text: String) { _ = Glibc.write(server, text, text.utf8.count) }

    func end() {
        if server >= 0 { close(server) }
        server = -1
    }
}
