internal import Glibc
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `top [--delay S] [--once]`.
    static var top: Verb {
        Verb(
            "top", group: .monitoring, "watch what machines use, as it changes",
            details: """
                Fills the terminal and looks again every two seconds: q or Ctrl-C ends it, c, m, d and n sort by processor,
                memory, disk and network. Where standard output is no terminal, and with --once, one table is printed.
                'Age' says how old the figures of a machine are that doesn't answer.
                """,
            parameters: [
                .option("delay", short: "d", "seconds", "time between two looks, 2 by default"),
                .flag("once", "print one table, of rates over the delay"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let delay = max(try invocation.seconds("delay") ?? .seconds(2), .milliseconds(100))
            let isLive = !invocation.flag("once") && StandardStream.output.isTerminal && isatty(0) == 1
            guard isLive, invocation.global.format == .human else { return try once(manager, delay) }
            var screen = try TopScreen()
            defer { screen.close() }
            try screen.run(manager, delay)
            return .finished()
        }
    }

    private static func once(_ manager: VMManager, _ delay: Duration) throws(VMError) -> Report {
        var meter = UsageMeter()
        _ = try meter.look(manager)
        Poll.sleep(delay)
        let rows = try meter.look(manager).map { TopRow(usage: $0) }
        var table = TextTable(TopRow.headings)
        table.rows = rows.map(\.cells)
        return Report(.table(table), value: .array(rows.map(\.json)), names: rows.map(\.usage.name))
    }
}

/// The terminal while `top` has it: the other screen, without echo. However it ends, the terminal is as it was before.
private struct TopScreen: ~Copyable {
    private let former: termios
    private let signals: SignalDescriptor
    private var sort: UInt8 = UInt8(ascii: "c")
    private var isOpen = true

    init() throws(VMError) {
        signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP, SIGWINCH])
        var mode = termios()
        // What is no terminal any more has no mode to be given back.
        tcgetattr(0, &mode)
        former = mode
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(0, TCSANOW, &mode)
        // The other screen, without a cursor.
        StandardStream.output.write("\u{1b}[?1049h\u{1b}[?25l")
    }

    mutating func close() {
        guard isOpen else { return }
        isOpen = false
        StandardStream.output.write("\u{1b}[?25h\u{1b}[?1049l")
        var mode = former
        tcsetattr(0, TCSANOW, &mode)
    }

    mutating func run(_ manager: VMManager, _ delay: Duration) throws(VMError) {
        var meter = UsageMeter()
        var rows = try meter.look(manager)
        var next = Deadline.after(min(delay, .milliseconds(500)))
        draw(rows)
        while true {
            var entries = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&entries, 2, next.pollTimeout)
            if count < 0, errno != EINTR { return }
            if entries[1].revents != 0 {
                guard signals.next() == SIGWINCH else { return }
                draw(rows)
            }
            if entries[0].revents != 0 {
                var key: UInt8 = 0
                guard read(0, &key, 1) == 1, key != UInt8(ascii: "q"), key != 3, key != 4 else { return }
                if "cmdn".utf8.contains(key) { sort = key }
                draw(rows)
            }
            if next.hasPassed {
                rows = try meter.look(manager)
                next = .after(delay)
                draw(rows)
            }
        }
    }

    private func draw(_ rows: [UsageRates]) {
        let size = TerminalSize.current
        let ordered = rows.sorted { a, b in
            let (x, y) = (weight(a), weight(b))
            return x == y ? (a.id ?? 0) < (b.id ?? 0) : x > y
        }
        var table = TextTable(TopRow.headings)
        table.rows = ordered.map { TopRow(usage: $0).cells }
        let load = rows.compactMap(\.load).reduce(0, +)
        let head = "\(rows.count) running, \(Decimal.text(load, digits: 1)) % CPU; q quits, c m d n sort"
        let lines = [head] + table.rendered().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var text = "\u{1b}[H"
        for line in lines.prefix(size.rows) {
            text += DisplayText.cut(DisplayText.printable(line), to: size.columns) + "\u{1b}[K\r\n"
        }
        // Without the last line's end, which would scroll.
        text.removeLast(1)
        StandardStream.output.write(text + "\u{1b}[J")
    }

    private func weight(_ row: UsageRates) -> Double {
        switch sort {
        case UInt8(ascii: "m"): Double(row.resident ?? 0)
        case UInt8(ascii: "d"): (row.read ?? 0) + (row.written ?? 0)
        case UInt8(ascii: "n"): (row.received ?? 0) + (row.sent ?? 0)
        default: row.load ?? 0
        }
    }
}
