import Floor
import Glibc
import MonitorJSON
import VMCore
import VMJSON

private let soon: Deadline = .after(.seconds(600))

/// `query-status` on three monitors of one QEMU: the C loop, the blocking and the asynchronous session.
struct RoundTrip {
    static let question = Array("{\"execute\":\"query-status\",\"id\":1}".utf8)
    static let calls = 20

    let plain: String
    let blocking: String
    let asynchronous: String
    let rounds: Int

    init(_ plain: String, _ blocking: String, _ asynchronous: String, rounds: Int) {
        self.plain = plain
        self.blocking = blocking
        self.asynchronous = asynchronous
        self.rounds = rounds
    }

    func run() async throws {
        let socket = floor_connect(plain)
        guard socket >= 0 else { MonitorBench.fail("no floor at \(plain)") }
        let first = try BlockingMonitor(connectingTo: .unix(path: blocking), deadline: soon)
        let second = try await Monitor.connect(to: .unix(path: asynchronous), deadline: soon)
        var times = Samples()
        var processor: [String: UInt64] = [:]
        // Who comes first changes, for what ran before leaves its mark on caches and clock rates.
        let executor = try Monitor.executor()
        for round in 0..<rounds * 4 {
            let name = ["C", "BlockingMonitor", "Monitor", "Monitor-executor"][(round + round / 4) % 4]
            let begin = (nanoseconds(), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
            switch name {
            case "C": for _ in 0..<Self.calls { ask(socket) }
            case "Monitor": try await ask(second)
            case "Monitor-executor": try await withTaskExecutorPreference(executor) { try await ask(second) }
            default: for _ in 0..<Self.calls { try first.execute("query-status", deadline: .after(.seconds(5))) }
            }
            times.add(name, nanoseconds() - begin.0, calls: Self.calls)
            processor[name, default: 0] += nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - begin.1
        }
        times.show()
        for (name, total) in processor.sorted(by: { $0.key < $1.key }) {
            print("cpu-" + name, tenths(Double(total) / Double(rounds * Self.calls) / 1000))
        }
        close(socket)
        first.close()
        await second.close()
    }

    private func ask(_ monitor: Monitor) async throws {
        for _ in 0..<Self.calls { try await monitor.execute("query-status", deadline: .after(.seconds(5))) }
    }

    private func ask(_ socket: Int32) {
        let result = Self.question.withUnsafeBytes { bytes in
            bytes.assumingMemoryBound(to: CChar.self).baseAddress.map { floor_command(socket, $0, bytes.count) } ?? -1
        }
        guard result == 0 else { MonitorBench.fail("the floor got no answer") }
    }
}

/// Connect, greeting, negotiation, one command, orderly close: on one and the same monitor in turn.
struct Sessions {
    let path: String
    let rounds: Int

    func run() async throws {
        var times = Samples()
        for _ in 0..<rounds {
            let begin = nanoseconds()
            guard floor_session(path) == 0 else { MonitorBench.fail("the floor's session failed") }
            let one = nanoseconds()
            let first = try BlockingMonitor(connectingTo: .unix(path: path), deadline: soon)
            try first.execute("query-status", deadline: soon)
            first.close()
            let two = nanoseconds()
            let second = try await Monitor.connect(to: .unix(path: path), deadline: soon)
            try await second.execute("query-status", deadline: soon)
            await second.close()
            let three = nanoseconds()
            times.add("C", one - begin, calls: 1)
            times.add("BlockingMonitor", two - one, calls: 1)
            times.add("Monitor", three - two, calls: 1)
        }
        times.show()
    }
}
