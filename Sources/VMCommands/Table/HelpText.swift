/// Help, made from the table.
enum HelpText {
    /// The program's own help: global options and all verbs by group.
    static func overview(_ verbs: [Verb]) -> String {
        var text = """
            vmctl manages QEMU machines described in libvirt's domain XML, without a daemon.

              vmctl [options] VERB [arguments]
              vmctl help VERB

             Options, before or after the verb:
                -c, --connect URI    qemu:///session (yours, the default) or qemu:///system (root's)
                --output FORMAT      human, json, jsonl, yaml or name
                -q, --quiet          only what was asked for
                -e, --escape CHAR    leaves a console, ^] by default
                -t, --timing         how long the verb took
                --trust-emulator     ask an <emulator> that isn't root's what it can do
                -h, --help           this text
                -v, --version        the version; -V says more

            """
        text += """

             Where things are: below VMCTL_HOME, if that is set; else root's in /etc/vmctl, /var/lib/vmctl and /run/vmctl,
             anybody else's by XDG (~/.config/vmctl, ~/.local/state/vmctl, $XDG_RUNTIME_DIR/vmctl), which root has too
             with -c qemu:///session.

            """
        for group in Verb.Group.allCases {
            let members = verbs.filter { $0.group == group && !$0.isHidden }
            if members.isEmpty { continue }
            text += "\n \(group.rawValue):\n"
            for verb in members {
                let names = ([verb.name] + verb.aliases).joined(separator: ", ")
                text += "    " + padded(names, to: 20) + " " + verb.summary + "\n"
            }
        }
        return text
    }

    /// One verb's help, laid out as virsh does.
    static func text(for verb: Verb) -> String {
        var text = "  NAME\n    \(verb.name) - \(verb.summary)\n"
        text += "\n  SYNOPSIS\n    \(synopsis(verb))\n"
        if !verb.aliases.isEmpty { text += "\n  ALIASES\n    \(verb.aliases.joined(separator: ", "))\n" }
        if !verb.details.isEmpty {
            text += "\n  DESCRIPTION\n"
            text += filled(verb.details)
        }
        if !verb.parameters.isEmpty {
            text += "\n  OPTIONS\n"
            for parameter in verb.parameters {
                text += "    " + padded(spelling(parameter), to: 22) + " " + parameter.help + "\n"
            }
        }
        return text
    }

    /// The verb with its parameters on one line: `start <domain> [--paused]`.
    static func synopsis(_ verb: Verb) -> String {
        ([verb.name] + verb.parameters.map(short)).joined(separator: " ")
    }

    private static func short(_ parameter: Parameter) -> String {
        let text =
            switch parameter.kind {
            case .flag: "--\(parameter.name)"
            case .argument: "<\(parameter.name)>"
            case .option: "--\(parameter.name) <\(parameter.placeholder)>"
            case .rest: "<\(parameter.name)>..."
            }
        return parameter.isRequired ? text : "[\(text)]"
    }

    /// How a parameter can be written: `[--domain] <string>`, `--paused`, `-o, --output-file <file>`.
    static func spelling(_ parameter: Parameter) -> String {
        let short = parameter.short.map { "-\($0), " } ?? ""
        return switch parameter.kind {
        case .flag: "\(short)--\(parameter.name)"
        case .argument, .rest: "[--\(parameter.name)] <\(parameter.placeholder)>"
        case .option: "\(short)--\(parameter.name) <\(parameter.placeholder)>"
        }
    }

    /// Text in lines of at most 80 columns; lines that begin with a blank stay as they are.
    private static func filled(_ text: String) -> String {
        var result = ""
        var width = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty || line.hasPrefix(" ") {
                if width > 0 { result += "\n" }
                width = 0
                result += line.isEmpty ? "\n" : "    \(line)\n"
                continue
            }
            for word in line.split(separator: " ") {
                if width > 0, width + 1 + word.count > 76 {
                    result += "\n"
                    width = 0
                }
                result += (width == 0 ? "    " : " ") + word
                width += (width == 0 ? 0 : 1) + word.count
            }
        }
        return width > 0 ? result + "\n" : result
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }
}
