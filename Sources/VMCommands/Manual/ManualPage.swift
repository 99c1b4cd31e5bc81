internal import VMCore

/// The manual page, made from the table of verbs, in the macros of man(7).
enum ManualPage {
    /// `vmctl(1)` with all verbs.
    static func overview(_ verbs: [Verb]) -> String {
        var page = heading("VMCTL")
        page += section("NAME") + line("vmctl - manage QEMU machines described in libvirt's domain XML")
        page += section("SYNOPSIS") + ".B vmctl\n[\\fIoptions\\fR] \\fIVERB\\fR [\\fIarguments\\fR]\n"
        page += section("DESCRIPTION") + text(introduction)
        page += section("OPTIONS") + line("They may stand before the verb or behind it.")
        for (spelling, help) in globals { page += item(spelling, help) }
        for group in Verb.Group.allCases {
            let members = verbs.filter { $0.group == group && !$0.isHidden }
            if members.isEmpty { continue }
            page += section(group.rawValue.uppercased())
            for verb in members { page += ".SS " + escaped(verb.name) + "\n" + body(of: verb) }
        }
        return page + closing
    }

    /// `vmctl-VERB(1)`.
    static func page(for verb: Verb) -> String {
        var page = heading("VMCTL-" + verb.name.uppercased())
        page += section("NAME") + line("vmctl-\(verb.name) - \(verb.summary)")
        page += section("DESCRIPTION") + body(of: verb)
        return page + section("SEE ALSO") + ".BR vmctl (1)\n"
    }

    // MARK: Parts

    private static let introduction = """
        Each running machine has one small supervisor process; there is no daemon. Definitions, states and logs are
        files. A domain is named by its name, its UUID, or the id of its run. Names of verbs and options, and what
        they print, are virsh's where virsh has them.

        A program called virsh (a link to vmctl) speaks as virsh does: exit status 1 for every failure and no hints.
        """

    private static let globals = [
        ("-c, --connect URI", "qemu:///session (yours, the default) or qemu:///system (root's)"),
        ("--output FORMAT", "human, json, jsonl, yaml or name; 'vmctl help --json-schema VERB' tells what to expect"),
        ("-q, --quiet", "only what was asked for"), ("-e, --escape CHAR", "leaves a console, ^] by default"),
        ("-t, --timing", "how long the verb took"),
        ("--trust-emulator", "run an <emulator> that isn't root's to ask what it can do; otherwise only 'start' does"),
        ("-h, --help", "help, about a verb when behind one"),
        ("-v, --version", "the version; -V says more"),
    ]

    private static let environment = [
        ("VMCTL_HOME", "a folder in which everything is kept, instead of those below"),
        ("VMCTL_TRUST_EMULATOR", "when set to 1: as --trust-emulator"),
        ("VMCTL_CONTROL_GROUP", "the folder of a control group, in which those of machines are made"),
        ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME, XDG_RUNTIME_DIR", "where a user's files are"),
        ("VISUAL, EDITOR", "the editor of 'edit' and its kin"),
        ("NO_COLOR", "when set to anything but nothing: no colours on a terminal"),
    ]

    private static let files = [
        ("~/.config/vmctl/domains, /etc/vmctl/domains", "definitions, one XML file a domain; the second is root's"),
        ("~/.config/vmctl/storage, /etc/vmctl/storage", "definitions of storage pools, beside those of domains"),
        ("~/.config/vmctl/networks, /etc/vmctl/networks", "definitions of virtual networks"),
        ("~/.config/vmctl/secrets, /etc/vmctl/secrets", "secrets and their values, which nobody else may read"),
        ("~/.local/state/vmctl, /var/lib/vmctl", "saved machines"),
        ("~/.local/state/vmctl/log, /var/log/vmctl", "one log file a machine, by its UUID, with a link of its name"),
        ("$XDG_RUNTIME_DIR/vmctl, /run/vmctl", "sockets and published states of machines"),
    ]

    private static let statuses: [(VMError.Code, String)] = [
        (.usage, "the command line is wrong, or a value in it"), (.noDomain, "no such domain or other thing"),
        (.wrongState, "the domain's state doesn't allow it"), (.invalidXML, "the XML has faults"),
        (.unsupported, "not with this QEMU, host or format"), (.timeout, "the deadline has passed"),
        (.busy, "somebody else holds what is needed"), (.connection, "a socket can't be reached"),
        (.exists, "the name or UUID is taken"), (.launchFailed, "QEMU didn't start"),
        (.monitor, "QEMU refused a command"), (.io, "a file can't be read or written"),
        (.protocolViolation, "a peer broke the protocol"), (.internalError, "a defect of vmctl"),
        (.cancelled, "cancelled"),
    ]

    private static var closing: String {
        var text = section("EXIT STATUS") + item("0", "done")
        text += item("1", "the answer of a verb that checks or compares is no")
        for (code, meaning) in statuses { text += item("\(code.exitStatus)", meaning) }
        text += section("ENVIRONMENT")
        for (name, meaning) in environment { text += item(name, meaning) }
        text += section("FILES")
        for (name, meaning) in files { text += item(name, meaning) }
        return text + section("SEE ALSO") + ".BR qemu (1),\n.BR systemd.unit (5)\n"
    }

    private static func body(of verb: Verb) -> String {
        var text = ".B vmctl\n" + line(HelpText.synopsis(verb)) + ".PP\n" + line(sentence(verb.summary))
        if !verb.aliases.isEmpty { text += ".PP\n" + line("Also: " + verb.aliases.joined(separator: ", ")) }
        if !verb.details.isEmpty { text += ".PP\n" + self.text(verb.details) }
        for parameter in verb.parameters { text += item(HelpText.spelling(parameter), parameter.help) }
        return text
    }

    private static func sentence(_ summary: String) -> String {
        summary.prefix(1).uppercased() + summary.dropFirst() + "."
    }

    // MARK: Macros

    private static func heading(_ title: String) -> String {
        ".\\\" Made by 'vmctl help --man'.\n.TH \(escaped(title)) 1 \"\" \"vmctl \(Version.number)\" \"vmctl\"\n.nh\n.ad l\n"
    }

    private static func section(_ title: String) -> String { ".SH \"" + escaped(title) + "\"\n" }

    private static func item(_ term: String, _ text: String) -> String {
        ".TP\n.B \"" + escaped(term, inQuotes: true) + "\"\n" + line(text)
    }

    /// Paragraphs; lines that begin with a blank stay as they are.
    private static func text(_ paragraphs: String) -> String {
        var result = ""
        var isVerbatim = false
        for words in paragraphs.split(separator: "\n", omittingEmptySubsequences: false) {
            let verbatim = words.hasPrefix(" ")
            if verbatim != isVerbatim { result += verbatim ? ".RS 4\n.nf\n" : ".fi\n.RE\n" }
            isVerbatim = verbatim
            if words.isEmpty { result += ".PP\n" } else { result += line(String(words).trimmed) }
        }
        return result + (isVerbatim ? ".fi\n.RE\n" : "")
    }

    private static func line(_ text: String) -> String { escaped(text) + "\n" }

    /// The text without anything that troff would obey.
    static func escaped(_ text: String, inQuotes: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "`": result += "\\(ga"
            case "\"" where inQuotes: result += "\\(dq"
            case _ where scalar.value >= 0x80:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + "]"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result.hasPrefix(".") ? "\\&" + result : result
    }
}

extension String {
    /// Without the blanks at its beginning.
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
