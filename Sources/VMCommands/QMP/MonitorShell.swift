internal import Glibc
internal import MonitorJSON
internal import VMCore
internal import VMJSON

/// What a line of the shell came to.
enum ShellAnswer {
    case nothing
    case value(JSONValue)
    /// What the human monitor printed.
    case human(String)
    /// What the shell itself has to say.
    case text(String)
    case refused(QMPError)
    case quit
}

/// Runs the shell's lines on a monitor, whatever they come from.
final class MonitorShell {
    /// The shell's own commands, without the slash.
    static let commands = ["help", "quit", "pretty", "events", "transcript", "commands"]

    let monitor: BlockingMonitor
    let patience: Duration
    var isPretty = false
    var showsEvents = true
    private var schemaBox: Schema?
    private var hasAskedSchema = false
    private var drivers: [String]?
    private var transcript: FileDescriptor?

    init(_ monitor: BlockingMonitor, patience: Duration) {
        self.monitor = monitor
        self.patience = patience
    }

    private var deadline: Deadline { .after(patience) }

    /// What the QEMU at hand takes; nil when it can't tell, as those before 2.5.
    func schema() -> Schema? {
        if hasAskedSchema { return schemaBox }
        hasAskedSchema = true
        schemaBox = try? monitor.execute(QuerySchema(), deadline: deadline)
        return schemaBox
    }

    /// Runs a line.
    ///
    /// - Throws: for lines that can't be read, would be refused, get no answer in time, or find the monitor closed.
    func run(_ line: String) throws(VMError) -> ShellAnswer {
        note("> " + Redaction.line(line))
        let answer = try evaluate(line)
        note(answer)
        return answer
    }

    private func evaluate(_ line: String) throws(VMError) -> ShellAnswer {
        // JSON goes over as it stands: no schema is needed, and none asked for.
        let isRaw = line.utf8.first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: "{")
        switch try ShellParser(schema: isRaw ? nil : schema()).parse(line) {
        case .nothing: return .nothing
        case .human(let text): return .human(try monitor.execute(HumanMonitorCommand(text), deadline: deadline))
        case .shell(let command, let words): return try own(command, words)
        case .request(let request, let isOutOfBand):
            let result = try monitor.attempt(
                request.command, request.arguments, outOfBand: isOutOfBand, deadline: deadline)
            switch result {
            case .success(let value): return .value(value)
            case .failure(let error): return .refused(error)
            }
        }
    }

    /// The events that have come.
    func takeEvents() throws(VMError) -> [QMPEvent] {
        var events: [QMPEvent] = []
        while let event = try monitor.nextEvent(deadline: .now) {
            note("* " + event.json.description)
            events.append(event)
        }
        return events
    }

    // MARK: The shell's own commands

    private func own(_ command: String, _ words: [String]) throws(VMError) -> ShellAnswer {
        switch command {
        case "quit", "q", "exit": return .quit
        case "help", "h", "?": return .text(try help(words.first))
        case "commands":
            let names = schema().map { $0.commands.keys.sorted() } ?? []
            let wanted = words.first ?? ""
            return .text(names.filter { wanted.isEmpty || $0.contains(wanted) }.map { $0 + "\n" }.joined())
        case "pretty":
            isPretty = try Self.isOn(words.first, now: isPretty)
            return .text("answers are printed \(isPretty ? "over several lines" : "on one line")\n")
        case "events":
            showsEvents = try Self.isOn(words.first, now: showsEvents)
            return .text("events are \(showsEvents ? "shown" : "not shown")\n")
        case "transcript": return .text(try record(words.first))
        default:
            let near = NearMatch.best(for: command, among: Self.commands)
            throw VMError(
                .usage, "the shell has no command '/\(command)'",
                remedy: near.map { "did you mean '/\($0)'?" } ?? "see /help")
        }
    }

    private static func isOn(_ word: String?, now: Bool) throws(VMError) -> Bool {
        switch word {
        case nil: return !now
        case "on", "true", "yes": return true
        case "off", "false", "no": return false
        case let other?: throw VMError(.usage, "'\(other)' is neither on nor off")
        }
    }

    private func help(_ name: String?) throws(VMError) -> String {
        guard let name else {
            return """
                COMMAND KEY=VALUE…      a QMP command; a.b=c for inner members, [1, 2] and {…} as JSON
                {"execute": …}          the same, as it goes over the wire
                exec-oob COMMAND …      run it out of band
                info WHAT, hmp LINE     the human monitor
                /help COMMAND           arguments and types of a command or event
                /commands [PART]        the commands that there are
                /pretty [on|off]        answers over several lines
                /events [on|off]        show events as they come
                /transcript FILE|off    record what is said, without secrets
                /quit                   leave; the machine stays as it is

                """
        }
        guard let schema = schema() else {
            throw VMError(.unsupported, "this QEMU does not describe its commands")
        }
        if let text = SchemaText(schema).text(of: name) { return text }
        let near = NearMatch.best(for: name, among: schema.commands.keys.sorted() + schema.events.keys.sorted())
        throw VMError(
            .notFound, "this QEMU has neither a command nor an event '\(name)'",
            remedy: near.map { "did you mean '\($0)'?" })
    }

    // MARK: Transcript

    private func record(_ path: String?) throws(VMError) -> String {
        guard let path, path != "off" else {
            transcript = nil
            return "nothing is recorded\n"
        }
        transcript = try FileDescriptor.open(path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        return "recording into \(path)\n"
    }

    private func note(_ answer: ShellAnswer) {
        switch answer {
        case .value(let value): note("< " + Redaction.value(["return": value]).description)
        case .human(let text): note("< " + Redaction.text(text))
        case .refused(let error): note("< " + Redaction.value(["error": error.json]).description)
        case .nothing, .text, .quit: break
        }
    }

    private func note(_ text: String) {
        guard let file = transcript?.raw else { return }
        let bytes = Array((text + "\n").utf8)
        _ = Glibc.write(file, bytes, bytes.count)
    }

    // MARK: Completion

    /// The words that could stand at the end of a line.
    func candidates(_ line: String) -> (offset: Int, words: [String]) {
        guard let schema = schema() else { return (line.utf8.count, []) }
        let completion = ShellCompletion(schema: schema, facts: facts(line), shellCommands: Self.commands)
        return completion.candidates(line)
    }

    /// Asks the machine what the schema doesn't know, as far as the line needs it.
    private func facts(_ line: String) -> ShellCompletion.Facts {
        guard line.contains("=") else { return ShellCompletion.Facts() }
        let soon = Deadline.after(.seconds(1))
        if line.hasPrefix("device_add"), drivers == nil {
            drivers = try? monitor.execute(QOMListTypes(implements: "device", includesAbstract: false), deadline: soon)
        }
        let objects = try? monitor.execute(QOMList("/machine/peripheral"), deadline: soon)
        let nodes = try? monitor.execute(QueryNamedBlockNodes(isFlat: true), deadline: soon)
        return ShellCompletion.Facts(
            drivers: drivers ?? [], devices: (objects ?? []).filter { $0.type.hasPrefix("child<") }.map(\.name),
            nodes: (nodes ?? []).compactMap(\.nodeName))
    }
}
