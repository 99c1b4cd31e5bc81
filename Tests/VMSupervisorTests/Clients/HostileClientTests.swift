import Foundation
import MonitorJSON
import TestBench
import Testing
import VMCore
import VMJSON
import VMManager

/// Clients that mean harm, or know no better: the others are served, and what they cost is bounded.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct HostileClientTests {
    private let bench: Bench
    private let path: String
    private let supervisor: Int32

    init() throws {
        bench = try Bench()
        try bench.define("prey")
        supervisor = try #require(try bench.manager.start("prey").supervisor?.pid)
        path = try bench.runtime("prey").monitor
    }

    private func connect() throws -> FileDescriptor {
        try Socket.connect(to: .unix(path: path), deadline: .after(.seconds(5)))
    }

    /// Sends as much as is taken within a moment.
    @discardableResult
    private func push(_ bytes: [UInt8], to socket: borrowing FileDescriptor) -> Int {
        Socket.setNonBlocking(socket.raw)
        var sent = 0
        while sent < bytes.count {
            switch Socket.send(bytes, sent..<bytes.count, to: socket.raw) {
            case .bytes(let count): sent += count
            case .wouldBlock:
                guard Poll.isWritable(socket.raw, by: .after(.milliseconds(50))) else { return sent }
            case .failed: return sent
            }
        }
        return sent
    }

    /// The supervisor's memory in KiB.
    private func memory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(supervisor)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    private func descriptors() throws -> Int { try Folders.list("/proc/\(supervisor)/fd").count }

    /// Processor time of the supervisor, in clock ticks.
    private func ticks() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(supervisor)/stat", encoding: .utf8)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }

    /// Half a second in which the supervisor has nothing to do.
    private func expectIdle(_ what: Comment) throws {
        Poll.sleep(.milliseconds(200))
        let before = try ticks()
        Poll.sleep(.milliseconds(500))
        #expect(try ticks() - before < 15, what)
    }

    /// The others are served.
    private func expectService() throws {
        let other = try BlockingMonitorFor(path)
        #expect(try other.run("query-status")["running"]?.bool == true)
        other.monitor.close()
        #expect(isAlive(supervisor))
    }

    @Test("half commands without end are not kept")
    func halfCommands() throws {
        let before = try memory()
        let half = Array("{\"execute\": \"query-status\", \"arguments\": {\"x\": \"".utf8)
        let filling = [UInt8](repeating: 0x61, count: 4 << 20)
        for _ in 0..<20 {
            let client = try connect()
            push(half, to: client)
            push(filling, to: client)
            _ = consume client
        }
        var clients: [Int32] = []
        defer { for raw in clients { close(raw) } }
        for _ in 0..<30 {
            let client = try connect()
            push(half, to: client)
            push(Array(filling.prefix(900_000)), to: client)
            clients.append(client.release())
        }
        try expectService()
        #expect(try memory() - before < 32 << 10)
        #expect(try bench.manager.destroy("prey").reason == .destroyed)
    }

    @Test("clients that never read cost no more than the budget, however many there are")
    func neverReaders() throws {
        let before = try memory()
        var clients: [Int32] = []
        defer { for raw in clients { close(raw) } }
        let schema = Array(
            ("{\"execute\":\"qmp_capabilities\"}" + String(repeating: "{\"execute\":\"query-qmp-schema\"}", count: 16))
                .utf8)
        for _ in 0..<8 {
            let client = try connect()
            push(schema, to: client)
            clients.append(client.release())
        }
        try expectService()
        #expect(try memory() - before < 40 << 10)
    }

    @Test("a client that hangs up with commands on their way leaves nothing that spins")
    func hangUps() throws {
        for _ in 0..<50 {
            let client = try connect()
            push(
                Array(
                    ("{\"execute\":\"qmp_capabilities\"}"
                        + String(repeating: "{\"execute\":\"query-qmp-schema\"}", count: 16)).utf8), to: client)
        }
        try expectIdle("nobody is there any more")
        try expectService()
    }

    @Test("open files that no command takes are closed, and their sender with them")
    func descriptorFlood() throws {
        let before = try descriptors()
        let client = try connect()
        let null = try FileDescriptor.open("/dev/null", flags: O_RDONLY)
        for _ in 0..<200 {
            let more = [Int32](repeating: null.raw, count: 10)
            if case .failed = Socket.send([0x20], 0..<1, descriptors: more, to: client.raw) { break }
            // Inside of a value they wait for it.
            _ = Socket.send(Array("{".utf8), 0..<1, descriptors: more, to: client.raw)
        }
        try expectService()
        #expect(try descriptors() <= before + 20)
        _ = consume client
    }

    @Test("idle connections keep nobody out")
    func idleConnections() throws {
        var clients: [Int32] = []
        defer { for raw in clients { close(raw) } }
        for _ in 0..<600 {
            guard let client = try? Socket.connect(to: .unix(path: path), deadline: .after(.milliseconds(500))) else {
                break
            }
            clients.append(client.release())
        }
        #expect(clients.count == 600)
        try expectService()
        #expect(try descriptors() <= 64)
        #expect(try bench.manager.destroy("prey").reason == .destroyed)
    }

    @Test("the last client that there is a place for keeps it, though it has said nothing yet")
    func lastPlace() throws {
        var clients: [BlockingMonitorFor] = []
        for _ in 0..<39 { clients.append(try BlockingMonitorFor(path)) }
        let last = try connect()
        Poll.sleep(.milliseconds(100))
        var entry = pollfd(fd: last.raw, events: 0, revents: 0)
        #expect(poll(&entry, 1, 0) == 0, "it was dropped")
        #expect(try clients[0].run("query-status")["running"]?.bool == true)
    }

    @Test("without a descriptor left it turns clients away and doesn't spin")
    func noDescriptors() throws {
        let limit = try descriptors() + 2
        func setLimit(_ number: Int) throws {
            let process = try SpawnedProcess.spawn(
                .init(executable: "/usr/bin/prlimit", arguments: ["--pid", "\(supervisor)", "--nofile=\(number):4096"]))
            _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(5)))
        }
        try setLimit(limit)
        var clients: [Int32] = []
        defer { for raw in clients { close(raw) } }
        for _ in 0..<20 {
            if let client = try? connect() { clients.append(client.release()) }
        }
        try expectIdle("nothing can be accepted")
        try setLimit(1024)
        for raw in clients { close(raw) }
        clients = []
        try expectService()
    }
}
