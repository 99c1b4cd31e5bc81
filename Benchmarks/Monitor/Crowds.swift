import Glibc
import MonitorJSON
import VMCore
import VMJSON

private let soon: Deadline = .after(.seconds(600))

/// Events by the ten thousand to many readers, one of whom has stopped reading.
struct EventFlood {
    let path: String
    let readers: Int
    let count: Int

    func run() async throws {
        let monitor = try await Monitor.connect(to: .unix(path: path), deadline: soon)
        let stopped = monitor.events()
        let sequences = (0..<readers).map { _ in monitor.events() }
        let begin = (nanoseconds(), nanoseconds(CLOCK_PROCESS_CPUTIME_ID), status("VmRSS"))
        let complete = try await withThrowingTaskGroup(of: Bool.self) { group in
            for sequence in sequences {
                group.addTask {
                    var next = 0
                    for await element in sequence {
                        guard element.event?.data["number"]?.int == next else { return false }
                        next += 1
                    }
                    return next == count
                }
            }
            try await monitor.execute("flood", deadline: .after(.seconds(120)))
            print("seconds", Double(nanoseconds() - begin.0) / 1e9)
            await monitor.close()
            var complete = 0
            for try await isComplete in group where isComplete { complete += 1 }
            return complete
        }
        print("cpu-seconds", Double(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - begin.1) / 1e9)
        print("complete-readers", complete)
        print("grown-KiB", status("VmHWM") - begin.2)
        var iterator = stopped.makeAsyncIterator()
        guard case .gap(let lost)? = await iterator.next() else { MonitorBench.fail("the stopped reader got no gap") }
        var kept = 0
        while await iterator.next() != nil { kept += 1 }
        print("gap", lost)
        print("kept", kept)
    }
}

/// What a monitor costs: memory and threads of a thousand of them.
struct ManyMonitors {
    let path: String
    let count: Int

    func run() async throws {
        var limit = rlimit(rlim_cur: rlim_t(count + 256), rlim_max: rlim_t(count + 256))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // The first ones bring what all share: the loop's thread, the executor's.
        var monitors = [try await Monitor.connect(to: .unix(path: path), deadline: soon)]
        _ = try await monitors[0].execute("query-status", deadline: soon)
        let before = (status("VmRSS"), status("Threads"))
        for _ in 0..<count {
            let monitor = try await Monitor.connect(to: .unix(path: path), deadline: soon)
            _ = try await monitor.execute("query-status", deadline: soon)
            monitors.append(monitor)
        }
        print("KiB-each", tenths(Double(status("VmRSS") - before.0) / Double(count)))
        print("more-threads", status("Threads") - before.1)
        print("threads", status("Threads"))
        let begin = nanoseconds()
        await withTaskGroup(of: Void.self) { group in
            for monitor in monitors {
                group.addTask { _ = try? await monitor.execute("query-status", deadline: soon) }
            }
        }
        print("all-at-once-ms", tenths(Double(nanoseconds() - begin) / 1e6))
        withExtendedLifetime(monitors) {}
    }
}

/// A QEMU that a signal has stopped: deadlines, cancellation, and the time after.
struct StoppedQEMU {
    let path: String
    let process: Int32

    func run() async throws {
        let monitor = try await Monitor.connect(to: .unix(path: path), deadline: soon)
        kill(process, SIGSTOP)
        let late = await withTaskGroup(of: Double?.self) { group in
            for number in 1...50 {
                group.addTask {
                    let deadline = Deadline.after(.milliseconds(20 * number))
                    do {
                        try await monitor.execute("query-name", deadline: deadline)
                        return nil
                    } catch {
                        return Double(Int64(nanoseconds()) - Int64(deadline.nanoseconds)) / 1e6
                    }
                }
            }
            var late: [Double?] = []
            for await one in group { late.append(one) }
            return late.compactMap(\.self).sorted()
        }
        print("deadlines", late.count)
        print("earliest-ms", tenths(late.first ?? .nan))
        print("median-ms", tenths(late[late.count / 2]))
        print("latest-ms", tenths(late.last ?? .nan))
        let waiting = Task { try await monitor.execute("query-name", deadline: .after(.seconds(60))) }
        try await Task.sleep(for: .milliseconds(50))
        let begin = nanoseconds()
        waiting.cancel()
        _ = await waiting.result
        print("cancel-ms", tenths(Double(nanoseconds() - begin) / 1e6))
        kill(process, SIGCONT)
        let answers = (
            try await monitor.execute("query-target", deadline: soon)["arch"]?.string,
            try await monitor.execute("query-status", deadline: soon)["status"]?.string
        )
        print("right-answers", answers.0 != nil && answers.1 != nil ? 2 : 0)
        await monitor.close()
    }
}
