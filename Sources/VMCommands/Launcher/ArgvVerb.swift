internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `argv NAME|FILE`.
    static var argv: Verb {
        Verb(
            "argv", group: .launcher, "print the exact QEMU command line of a domain, without starting it",
            details: """
                Printed as a command for a shell. The monitor comes from the -readconfig file that 'start' writes
                into the machine's runtime folder and whose socket it hands over; --no-monitor leaves it out.
                --explain tells of each option which element of the XML caused it, or which default.
                --shell prints a script that runs the machine without vmctl: SCRIPT [QMP-SOCKET [QEMU-OPTION…]].
                --format json prints an array of {option, value, source}.
                """,
            parameters: [
                .argument(
                    "domain", "string", "domain name, id or uuid, or a domain XML file", completion: .domain(.any)),
                .flag("no-monitor", "without the -readconfig file"),
                .flag("explain", "with the file and line of what caused each option"),
                .flag("shell", "as a script that can be run"),
                .option("format", "string", "json: options and causes as data", completion: .words(["text", "json"])),
            ],
            exclusive: [["explain", "shell"], ["shell", "format"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let word = try invocation.required("domain")
            let isData = try invocation.word("format", among: ["text", "json"]) == "json"
            if isData || invocation.flag("explain") { return try explain(word, manager, isData: isData) }
            let plan: LaunchPlan
            let configuration: String
            if InputFile.looksLikeFile(word) {
                let reading = try DomainDocument.reading(InputFile(name: word))
                plan = try manager.plan(reading.domain, source: reading.source)
                configuration = "qemu-qmp.conf"
            } else {
                plan = try manager.plan(word)
                configuration = try manager.find(word).runtime.configuration
            }
            if invocation.flag("shell") {
                let text = ShellScript(plan: plan, runtime: manager.paths.runtime).text
                return Report(.document(text), value: ["script": .string(text)], names: [plan.executable])
            }
            let arguments =
                invocation.flag("no-monitor") ? plan.arguments : plan.commandLine(configuration: configuration)
            return plan.commandReport(arguments)
        }
    }

    private static func explain(_ word: String, _ manager: VMManager, isData: Bool) throws(VMError) -> Report {
        let plan: LaunchPlan
        let options: [ExplainedOption]
        if InputFile.looksLikeFile(word) {
            let file = InputFile(name: word)
            let folder = file.folder
            (plan, options) = try manager.explain(file.read(), file: word) { $0.resolvePaths(below: folder) }
        } else {
            (plan, options) = try manager.explain(word)
        }
        let value = JSONValue.array(options.map(\.json))
        if isData { return Report(.text(DisplayText.prettyJSON(value)), value: value, names: [plan.executable]) }
        var text = ShellWords.quoted(plan.executable) + "\n"
        for option in options {
            text += "  " + ShellWords.quoted(option.option)
            if let argument = option.value { text += " " + ShellWords.quoted(argument) }
            text += "\n      # \(DisplayText.printable(option.causeText))\n"
        }
        return Report(.document(text), value: value, names: [plan.executable])
    }
}

extension ExplainedOption {
    /// `vm.xml:23: <disk>`, or `default (disk defaults)`.
    fileprivate var causeText: String {
        switch cause {
        case .element(let name, let place): "\(place.file):\(place.line): <\(name)>"
        case .standard(let pass): "default (\(pass))"
        }
    }

    fileprivate var json: JSONValue {
        var object: JSONObject = ["option": .string(option), "value": value.map { .string($0) } ?? .null]
        switch cause {
        case .element(let name, let place):
            object["source"] = [
                "path": .string(place.file), "line": JSONValue(place.line), "column": JSONValue(place.column),
                "element": .string(name),
            ]
        case .standard(let pass): object["source"] = ["default": .string(pass)]
        }
        return .object(object)
    }
}

extension LaunchPlan {
    /// The command as for a shell.
    func commandReport(_ arguments: [String]) -> Report {
        let assignments = environment.map { "\($0.name)=\(ShellWords.quoted($0.value)) \\\n" }.joined()
        return Report(
            .document(assignments + ShellWords.command([executable] + arguments) + "\n"),
            value: [
                "executable": .string(executable), "arguments": .array(arguments.map { .string($0) }),
                "environment": .object(JSONObject(environment.map { ($0.name, .string($0.value)) })),
            ], names: [executable])
    }
}
