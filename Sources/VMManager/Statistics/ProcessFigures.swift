internal import Glibc
internal import VMCore

/// What the kernel knows of a QEMU: always there and always fresh, whether QEMU answers or not.
struct ProcessFigures {
    let pid: Int32
    /// Another folder than `/proc` for tests with recorded texts.
    var root = "/proc"

    /// Nanoseconds in a tick of `/proc`, of which there are 100 a second on every architecture that QEMU runs on.
    private static let tick: UInt64 = 10_000_000

    /// Processor time of all threads together.
    var cpu: DomainStatistics.CPUTime? {
        guard let fields = stat("\(root)/\(pid)/stat"), fields.count > 12, let user = number(fields[11]),
            let system = number(fields[12])
        else { return nil }
        return .init(user: user &* Self.tick, system: system &* Self.tick)
    }

    /// KiB in the host's memory.
    var resident: UInt64? {
        guard let text = read("\(root)/\(pid)/statm"), let pages = text.split(separator: " ").dropFirst().first,
            let count = UInt64(pages)
        else { return nil }
        return count &* UInt64(sysconf(Int32(_SC_PAGESIZE))) / 1024
    }

    /// One thread's times; nil when it is gone.
    func thread(_ id: Int) -> DomainStatistics.ThreadTime? {
        let folder = "\(root)/\(pid)/task/\(id)"
        guard let fields = stat(folder + "/stat"), fields.count > 36, let user = number(fields[11]),
            let system = number(fields[12])
        else { return nil }
        var time = (user &+ system) &* Self.tick
        var delay: UInt64 = 0
        // Where the kernel keeps it: to the nanosecond.
        if let figures = read(folder + "/schedstat")?.split(separator: " "), figures.count > 1,
            let exact = UInt64(figures[0]), let waited = UInt64(figures[1])
        {
            time = exact
            delay = waited
        }
        return .init(
            id: id, time: time, delay: delay, processor: number(fields[36]).map { Int(clamping: $0) } ?? 0,
            isRunnable: fields[0] == "R")
    }

    /// The threads that run virtual processors, by their numbers, as QEMU names them with `debug-threads=on`.
    var processorThreads: [Int: Int] {
        var found: [Int: Int] = [:]
        for entry in (try? Folders.list("\(root)/\(pid)/task")) ?? [] {
            guard let id = Int(entry), let name = read("\(root)/\(pid)/task/\(entry)/comm"), name.hasPrefix("CPU ")
            else { continue }
            let number = name.dropFirst(4).prefix { $0.isNumber }
            if let index = Int(number) { found[index] = id }
        }
        return found
    }

    /// The fields of a `stat` file behind the name, which may hold anything.
    private func stat(_ path: String) -> [Substring]? {
        guard let text = read(path), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
    }

    private func number(_ text: Substring) -> UInt64? { UInt64(text) }

    private func read(_ path: String) -> String? {
        (try? Files.read(path, limit: 1 << 16, regularOnly: false)).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// What has gone over the host's network devices.
struct NetworkFigures {
    private var lines: [Substring: [UInt64]] = [:]

    /// Reads `/proc/net/dev`.
    init() {
        self.init((try? Files.read("/proc/net/dev", limit: 1 << 20, regularOnly: false)) ?? [])
    }

    /// Reads a text of that form.
    init(_ bytes: [UInt8]) {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].drop { $0 == " " }
            lines[name] = line[line.index(after: colon)...].split(separator: " ").map { UInt64($0) ?? 0 }
        }
    }

    /// What a guest has received and sent over its tap: the host's other way round.
    func guest(of tap: String) -> (
        received: DomainStatistics.Interface.Counters, sent: DomainStatistics.Interface.Counters
    )? {
        guard let fields = lines[Substring(tap)], fields.count >= 12 else { return nil }
        func counters(_ first: Int) -> DomainStatistics.Interface.Counters {
            .init(
                bytes: fields[first], packets: fields[first + 1], errors: fields[first + 2], drops: fields[first + 3])
        }
        return (counters(8), counters(0))
    }
}
