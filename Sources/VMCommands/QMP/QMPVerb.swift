internal import Glibc
internal import MonitorJSON
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `qmp TARGET [-c COMMAND]`.
    static var qmp: Verb {
        Verb(
            "qmp", group: .monitoring, "speak to a machine's monitor",
            details: """
                TARGET is a domain, or a monitor's socket: a path, or tcp:HOST:PORT. On a terminal this is a shell with
                history and completion (Tab): 'eject id=cd0', 'blockdev-add driver=raw file.driver=file file.filename=F',
                'info block', '{"execute": …}', '/help COMMAND', '/quit'. With -c, or with standard input from a pipe or
                file, every line is run in turn and answered with one JSON object on a line.
                """,
            parameters: [
                .argument(
                    "target", "string", "domain name, id or uuid, socket path, or tcp:HOST:PORT",
                    completion: .domain(.active)),
                .option("command", short: "c", "string", "run this line and end"),
                .flag("pretty", "spread answers over several lines"),
                .flag("events", "print events too when not on a terminal"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let target = try QMPTarget(try invocation.required("target"))
            let monitor = try target.connect(invocation)
            let shell = MonitorShell(monitor, patience: try invocation.patience())
            shell.isPretty = invocation.flag("pretty")
            defer { monitor.close() }
            if let line = invocation.value("command") {
                return .finished(try QMPScript.run(line.split(separator: "\n").map(String.init), shell, invocation))
            }
            if StandardStream.output.isTerminal, isatty(0) == 1 {
                return .finished(try InteractiveShell(shell, name: try invocation.required("target")).run())
            }
            return .finished(try QMPScript.run(standardInput: shell, invocation))
        }
    }

    /// `qemu-monitor-command DOMAIN [--hmp] [--pretty] [--return-value] COMMAND…`.
    static var qemuMonitorCommand: Verb {
        Verb(
            "qemu-monitor-command", group: .monitoring, "run one monitor command",
            details: "COMMAND is a QMP command as JSON, a command's name, or with --hmp a line for the human monitor.",
            parameters: [
                .domain(.active), .flag("hmp", "the command is for the human monitor"),
                .flag("pretty", "spread the answer over several lines"),
                .flag("return-value", "print the value of 'return' alone"), .timeout,
                .rest("cmd", "string", "the command"),
            ],
            exclusive: [["hmp", "pretty"], ["hmp", "return-value"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let deadline = Deadline.after(try invocation.patience())
            let text = invocation.all("cmd").joined(separator: " ")
            let monitor = try manager.monitor(key, deadline: deadline)
            defer { monitor.close() }
            if invocation.flag("hmp") {
                return .text(try monitor.execute(HumanMonitorCommand(text), deadline: deadline))
            }
            let input = try ShellParser(schema: nil).parse(text)
            guard case .request(let request, let isOutOfBand) = input else {
                throw VMError(.usage, "'\(text)' is no QMP command", remedy: "write JSON, or give --hmp")
            }
            let value = try monitor.execute(
                request.command, request.arguments, outOfBand: isOutOfBand, deadline: deadline)
            let answer: JSONValue = invocation.flag("return-value") ? value : ["return": value]
            return Report(
                .text(invocation.flag("pretty") ? DisplayText.prettyJSON(answer) : DisplayText.json(answer)),
                value: answer)
        }
    }
}

/// Lines that are run in turn, each answered with one JSON object.
enum QMPScript {
    static func run(_ lines: [String], _ shell: MonitorShell, _ invocation: Invocation) throws(VMError) -> Int32 {
        var status: Int32 = 0
        for line in lines {
            guard try answer(line, shell, invocation, &status) else { break }
        }
        return status
    }

    static func run(standardInput shell: MonitorShell, _ invocation: Invocation) throws(VMError) -> Int32 {
        var reader = LineReader(descriptor: 0, limit: 64 << 20)
        var status: Int32 = 0
        while let line = try reader.next() {
            guard try answer(String(decoding: line, as: UTF8.self), shell, invocation, &status) else { break }
        }
        return status
    }

    /// Runs one line; false when it was the last. The status becomes that of the first error.
    private static func answer(
        _ line: String, _ shell: MonitorShell, _ invocation: Invocation, _ status: inout Int32
    ) throws(VMError) -> Bool {
        let answer: ShellAnswer
        do throws(VMError) { answer = try shell.run(line) } catch {
            if status == 0 { status = error.code.exitStatus }
            print(Renderer(global: invocation.global).document(error), shell)
            return error.code != .connection
        }
        if invocation.flag("events") { for event in try shell.takeEvents() { print(.object(event.json), shell) } }
        switch answer {
        case .nothing: break
        case .value(let value): print(["return": value], shell)
        case .human(let text): print(["return": .string(text)], shell)
        case .text(let text): StandardStream.output.show(text)
        case .refused(let error):
            if status == 0 { status = VMError.Code.monitor.exitStatus }
            print(["error": error.json], shell)
        case .quit: return false
        }
        return true
    }

    private static func print(_ value: JSONValue, _ shell: MonitorShell) {
        StandardStream.output.write((shell.isPretty ? DisplayText.prettyJSON(value) : DisplayText.json(value)) + "\n")
    }
}
