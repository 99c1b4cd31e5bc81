import Foundation
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// Agents that misbehave, and the real one where it is installed.
@Suite("The guest agent", .timeLimit(.minutes(40)))
struct GuestAgentTests {
    private func soon() -> Deadline { .after(.seconds(10)) }

    /// One end of a socket pair. A peer that has gone is an error to it, not a signal.
    private final class Peer: Sendable {
        private let socket: Int32
        init(_ socket: Int32) { self.socket = socket }
        deinit { close(socket) }

        /// Waits for bytes; empty at the end.
        var availableData: Data {
            var room = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &room, room.count, 0)
            return Data(room.prefix(max(0, count)))
        }

        /// False when nobody is there any more.
        @discardableResult
        func write(_ data: Data) -> Bool {
            var rest = Array(data)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// A peer that runs `body` with its end of a socket pair, on a thread of its own.
    private func agent(
        _ body: @escaping @Sendable (Peer) -> Void, deadline: Deadline = .after(.seconds(10))
    ) throws -> GuestAgent {
        let (mine, its) = try Socket.pair().release()
        Socket.setBlocking(its)
        Thread.detachNewThread {
            body(Peer(its))
        }
        return try GuestAgent(over: FileDescriptor(owning: mine), named: "the scripted agent", deadline: deadline)
    }

    /// The `id` of the sync command in what the client sent first.
    private static func token(_ bytes: Data) -> Int64 {
        guard bytes.first == 0xff,
            let message = try? JSONParser.parse(Array(bytes.dropFirst())),
            message["execute"] == "guest-sync-delimited"
        else { return -1 }
        return message["arguments"]?["id"]?.int64 ?? -1
    }

    private static func answer(_ handle: Peer, after noise: [UInt8] = []) {
        let token = token(handle.availableData)
        handle.write(Data(noise + [0xff] + Array("{\"return\": \(token)}\n".utf8)))
    }

    @Test("Into step past what another session left behind, then command by command")
    func sync() throws {
        let agent = try agent { handle in
            let leftovers = "{\"return\": 1}\n{\"error\": {\"class\": \"GenericError\", \"desc\": \"x\"}}\n{\"retu"
            Self.answer(handle, after: Array(leftovers.utf8))
            while let line = String(bytes: handle.availableData, encoding: .utf8), !line.isEmpty {
                handle.write(Data("{\"return\": \"\(line.contains("guest-ping") ? "pong" : "?")\"}\n".utf8))
            }
        }
        #expect(try agent.execute("guest-ping", deadline: soon()) == "pong")
        #expect(try agent.execute("guest-other", deadline: soon()) == "?")
        agent.close()
    }

    @Test("An agent that never answers, or talks without end, ends at the deadline", arguments: [false, true])
    func silence(floods: Bool) throws {
        let error = #expect(throws: VMError.self) {
            _ = try agent(
                { handle in
                    let noise = Data(repeating: UInt8(ascii: "x"), count: 65536)
                    while floods, handle.write(noise) {}
                    _ = handle.availableData
                    _ = handle.availableData
                }, deadline: .after(.milliseconds(200)))
        }
        #expect(error?.code == .timeout)
        #expect(error?.message.contains("guest agent") == true)
    }

    @Test("A flood of lines in the place of an answer ends at the deadline too")
    func floodOfLines() throws {
        let agent = try agent { handle in
            Self.answer(handle)
            _ = handle.availableData
            // Values no agent sends, and no answer among them.
            let noise = Data(String(repeating: "\n\n\n \n", count: 10_000).utf8)
            while handle.write(noise) {}
        }
        let error = #expect(throws: VMError.self) {
            try agent.execute("guest-ping", deadline: .after(.milliseconds(200)))
        }
        #expect(error?.code == .timeout)
    }

    @Test(
        "Nonsense costs the command it comes for, not the session",
        arguments: ["nonsense", "[1, 2]", "{\"return\": inf}", "{\"return\""])
    func nonsense(text: String) throws {
        let agent = try agent { handle in
            Self.answer(handle)
            _ = handle.availableData
            handle.write(Data((text + "\n").utf8))
            _ = handle.availableData
            handle.write(Data("{\"return\": {}}\n".utf8))
            _ = handle.availableData
        }
        let error = #expect(throws: VMError.self) { try agent.execute("guest-info", deadline: soon()) }
        #expect(error?.code == .protocolViolation)
        try agent.execute(GuestPing(), deadline: soon())
    }

    @Test("A late answer is not taken for the next command's")
    func late() throws {
        let agent = try agent { handle in
            Self.answer(handle)
            _ = handle.availableData
            Thread.sleep(forTimeInterval: 0.3)
            handle.write(Data("{\"return\": \"late\"}\n".utf8))
            _ = handle.availableData
            handle.write(Data("{\"return\": \"right\"}\n".utf8))
            _ = handle.availableData
        }
        #expect(throws: VMError.self) { try agent.execute("guest-slow", deadline: .after(.milliseconds(50))) }
        #expect(try agent.execute("guest-quick", deadline: soon()) == "right")
    }

    @Test("What ends the guest succeeds in silence, and its refusal is an error", arguments: [false, true])
    func shutdown(refuses: Bool) throws {
        let agent = try agent { handle in
            Self.answer(handle)
            _ = handle.availableData
            if refuses {
                handle.write(Data("{\"error\": {\"class\": \"GenericError\", \"desc\": \"not allowed\"}}\n".utf8))
                _ = handle.availableData
            }
        }
        let error = Result { () throws(VMError) in
            try agent.execute(GuestShutdown(.halt), deadline: .after(.milliseconds(300)))
        }
        if case .failure(let error) = error {
            #expect(refuses && error.message.contains("not allowed"))
        } else {
            #expect(!refuses)
        }
    }

    /// Debian's qemu-guest-agent package, installed or unpacked where `VMCTL_TEST_QEMU_GA` says.
    static let program: String? = {
        let places = [
            ProcessInfo.processInfo.environment["VMCTL_TEST_QEMU_GA"], "/usr/sbin/qemu-ga", "/usr/bin/qemu-ga",
        ]
        return places.compactMap { $0 }.first { access($0, X_OK) == 0 }
    }()

    @Test("The real agent", .enabled(if: program != nil, "needs qemu-ga of the package qemu-guest-agent"))
    func real() throws {
        let folder = NSTemporaryDirectory() + "vmctl-agent-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.program))
        process.arguments = ["-m", "unix-listen", "-p", folder + "/ga.sock", "-t", folder, "-f", folder + "/pid"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        // A child inherits the signals that this process blocks, SIGTERM perhaps among them.
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        // The socket's file is there a moment before the agent listens.
        let deadline = soon()
        func connect() throws(VMError) -> GuestAgent {
            while true {
                do throws(VMError) {
                    return try GuestAgent(connectingTo: .unix(path: folder + "/ga.sock"), deadline: deadline)
                } catch {
                    guard error.code == .connection, process.isRunning, !deadline.hasPassed else { throw error }
                    Poll.sleep(.milliseconds(2))
                }
            }
        }

        for _ in 0..<2 {
            let agent = try connect()
            let info = try agent.execute(GuestInfo(), deadline: soon())
            #expect(!info.version.isEmpty && info.commands.contains("guest-ping"))
            try agent.execute(GuestPing(), deadline: soon())
            #expect(try !agent.execute(GuestGetHostName(), deadline: soon()).isEmpty)
            _ = try agent.execute(GuestGetTimezone(), deadline: soon())
            #expect(try agent.execute(GuestGetOSInfo(), deadline: soon())["kernel-release"] != nil)
            #expect(try agent.execute(GuestNetworkGetInterfaces(), deadline: soon()).contains { $0.name == "lo" })
            _ = try agent.execute(GuestGetFSInfo(), deadline: soon())
            _ = try agent.execute(GuestGetUsers(), deadline: soon())
            guard case .failure(let refusal) = try agent.attempt("guest-nothing", deadline: soon()) else {
                Issue.record("an unknown command was answered")
                return
            }
            #expect(refusal.errorClass == .commandNotFound)
            // Something half said is left behind for the next session.
            agent.close()
        }
    }
}
