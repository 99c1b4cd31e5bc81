internal import Glibc
internal import MonitorJSON
internal import VMCore
internal import VMJSON

/// The shell on a terminal: a line is edited while events appear above it.
final class InteractiveShell {
    private let shell: MonitorShell
    private let prompt: String
    private var history: ShellHistory
    private var keys = KeyReader()
    private var editor = LineEditor(history: [])

    /// - Parameter name: What stands in the prompt.
    init(_ shell: MonitorShell, name: String) {
        self.shell = shell
        prompt = (name.split(separator: "/").last.map(String.init) ?? name) + "> "
        history = ShellHistory(path: (try? UserPaths.current()).map { $0.state + "/qmp_history" })
    }

    /// Reads and runs lines until the user leaves or the monitor closes.
    func run() throws(VMError) -> Int32 {
        if let version = shell.monitor.greeting?.version {
            show(
                "QEMU \(version)\(version.package.isEmpty ? "" : " (\(version.package))"); /help says what can be done\n"
            )
        }
        while let line = try readLine() {
            history.add(line)
            do throws(VMError) {
                if try !show(try shell.run(line)) { return 0 }
            } catch {
                show(Renderer(global: GlobalOptions()).text(of: error).text)
            }
            try showEvents()
            if let reason = shell.monitor.closeReason {
                show(DisplayText.printable(reason.error.message) + "\n")
                return reason.isExpected ? 0 : VMError.Code.connection.exitStatus
            }
        }
        return 0
    }

    /// Prints what a line came to; false when it was the last.
    private func show(_ answer: ShellAnswer) throws(VMError) -> Bool {
        switch answer {
        case .nothing: break
        case .value(let value): show(text(value) + "\n")
        case .human(let text), .text(let text): show(text)
        case .refused(let error): show("error: \(DisplayText.printable(error.text)) (\(error.errorClass))\n")
        case .quit: return false
        }
        return true
    }

    private func text(_ value: JSONValue) -> String {
        shell.isPretty ? DisplayText.prettyJSON(value) : DisplayText.json(value)
    }

    private func showEvents() throws(VMError) {
        for event in try shell.takeEvents() where shell.showsEvents { show(line(of: event)) }
    }

    private func line(of event: QMPEvent) -> String {
        "* \(event.name)\(event.data.isEmpty ? "" : " \(text(.object(event.data)))")\n"
    }

    private func show(_ text: String) { StandardStream.output.show(text) }

    /// What moves the cursor.
    private func steer(_ text: String) { StandardStream.output.write(text) }

    // MARK: One line

    /// The next line; nil when the user leaves.
    private func readLine() throws(VMError) -> String? {
        let mode = EditingMode()
        editor = LineEditor(history: history.lines)
        draw()
        let line = try edit()
        _ = consume mode
        return line
    }

    private func edit() throws(VMError) -> String? {
        while true {
            // What was pasted is drawn once.
            var hasChanged = false
            while let key = keys.next() {
                switch editor.handle(key) {
                case .none: break
                case .redraw: hasChanged = true
                case .clearScreen:
                    steer("\u{1b}[H\u{1b}[2J")
                    draw()
                case .complete: complete()
                case .accept(let line):
                    if hasChanged { draw() }
                    show("\n")
                    return line
                case .abandon:
                    show("^C\n")
                    editor = LineEditor(history: history.lines)
                    draw()
                case .endOfInput:
                    show("\n")
                    return nil
                }
            }
            if hasChanged { draw() }
            guard try wait() else { return nil }
        }
    }

    /// Waits for keys, and shows events meanwhile; false when the terminal or the monitor has gone.
    private func wait() throws(VMError) -> Bool {
        var entries = [
            pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
            pollfd(fd: shell.monitor.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&entries, 2, -1)
        if count < 0 {
            if errno == EINTR { return true }
            throw .system("cannot wait for the terminal", errno: errno)
        }
        if entries[1].revents != 0 {
            let events = try shell.takeEvents()
            if shell.showsEvents, !events.isEmpty {
                // The line gives way to the events and comes back below them.
                steer("\r\u{1b}[K")
                show(events.map(line(of:)).joined())
                draw()
            }
            if let reason = shell.monitor.closeReason {
                steer("\r\u{1b}[K")
                show(DisplayText.printable(reason.error.message) + "\n")
                return false
            }
        }
        guard entries[0].revents != 0 else { return true }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let length = read(0, &bytes, bytes.count)
        if length <= 0 { return length < 0 && errno == EINTR }
        keys.append(Array(bytes[..<length]))
        return true
    }

    // MARK: The screen

    private func draw() {
        let (text, column) = editor.view(width: TerminalSize.current.columns - prompt.count)
        steer("\r\u{1b}[K\(prompt)\(text)\r\u{1b}[\(prompt.count + column)C")
    }

    /// One candidate is taken; of several the common beginning, and when that adds nothing they are listed.
    private func complete() {
        let before = editor.beforeCursor
        let (offset, words) = shell.candidates(before)
        guard let first = words.first else { return }
        let common = words.dropFirst().reduce(first[...]) { $0.commonPrefix(with: $1) }
        if common.utf8.count > before.utf8.count - offset {
            editor.replace(from: offset, by: String(common))
        } else if words.count > 1 {
            steer("\r\u{1b}[K")
            show(Self.columns(words.map { String($0.prefix { $0 != " " }) }))
        }
        draw()
    }

    private static func columns(_ words: [String]) -> String {
        let shown = words.prefix(200)
        let width = (shown.map(\.count).max() ?? 1) + 2
        let perLine = max(1, TerminalSize.current.columns / width)
        var text = ""
        for (index, word) in shown.enumerated() {
            let isLast = index % perLine == perLine - 1 || index == shown.count - 1
            text += isLast ? word + "\n" : word + String(repeating: " ", count: width - word.count)
        }
        return words.count > shown.count ? text + "… and \(words.count - shown.count) more\n" : text
    }
}

extension Substring {
    fileprivate func commonPrefix(with other: String) -> Substring {
        var end = startIndex
        for (mine, its) in zip(indices, other) {
            guard self[mine] == its else { break }
            end = index(after: mine)
        }
        return self[..<end]
    }
}

/// A terminal that hands over each key as it is pressed and echoes nothing; what is written keeps its newlines. The old
/// mode comes back when this value goes away.
struct EditingMode: ~Copyable {
    private let saved: termios?

    init() {
        var mode = termios()
        guard isatty(0) == 1, tcgetattr(0, &mode) == 0 else {
            saved = nil
            return
        }
        saved = mode
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        mode.c_iflag &= ~tcflag_t(IXON | ICRNL)
        tcsetattr(0, TCSADRAIN, &mode)
    }

    deinit {
        guard var mode = saved else { return }
        tcsetattr(0, TCSADRAIN, &mode)
    }
}
