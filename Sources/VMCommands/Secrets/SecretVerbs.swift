internal import Glibc
internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMSecret
internal import VMXML

/// Secrets: documents and values.
extension Verb {
    /// `secret-list [--ephemeral] [--no-ephemeral] [--private] [--no-private]`.
    static var secretList: Verb {
        Verb(
            "secret-list", group: .secrets, "list secrets",
            parameters: [
                .flag("ephemeral", "list ephemeral secrets"), .flag("no-ephemeral", "list non-ephemeral secrets"),
                .flag("private", "list private secrets"), .flag("no-private", "list non-private secrets"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let flags: [(String, SecretFilter)] = [
                ("ephemeral", .ephemeral), ("no-ephemeral", .notEphemeral), ("private", .isPrivate),
                ("no-private", .notPrivate),
            ]
            let filter = SecretFilter(flags.filter { invocation.flag($0.0) }.map(\.1))
            let secrets = try invocation.manager().secrets.secrets(filter)
            var table = TextTable(["UUID", "Usage"])
            table.rows = secrets.map { secret in
                let usage = secret.usageType == .none ? "Unused" : "\(secret.usageType.rawValue) \(secret.usageID)"
                return [secret.uuid.description, usage]
            }
            return Report(
                .table(table), value: .array(secrets.map { .object($0.value) }),
                names: secrets.map(\.uuid.description))
        }
    }

    /// `secret-define FILE`.
    static var secretDefine: Verb {
        Verb(
            "secret-define", group: .secrets, "store a secret from an XML file, or store it anew",
            details: "The value isn't part of the file: 'secret-set-value' gives it. One that is there already stays.",
            parameters: [
                .argument("file", "file", "file containing secret attributes in XML", completion: .file),
                .flag("validate", "check the document (always done)"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            do throws(VMError) {
                let secret = try invocation.manager().secrets.define(try file.read(), file: file.name)
                return told(secret, "Secret \(secret.uuid) created")
            } catch {
                throw error.message.hasPrefix("Failed to open file")
                    ? error : error.wrapped("Failed to set attributes from \(file.name)")
            }
        }
    }

    /// `secret-dumpxml SECRET`.
    static var secretDumpxml: Verb {
        Verb(
            "secret-dumpxml", group: .secrets, "print a secret's XML, in which its value is not",
            parameters: [
                .secret, .option("xpath", "string", "xpath expression to filter the XML document"),
                .flag("wrap", "wrap xpath results in an common root element"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let secrets = try invocation.manager().secrets
            let secret = try invocation.secret(secrets)
            var report = try invocation.printed(secrets.xml(of: secret))
            if report.names.isEmpty { report.names = [secret.uuid.description] }
            return report
        }
    }

    /// `secret-set-value SECRET {--file F [--plain] | --interactive | BASE64}`.
    static var secretSetValue: Verb {
        Verb(
            "secret-set-value", group: .secrets, "give a secret its value",
            details: """
                The value is read from a file or, with --interactive, from the terminal, which doesn't show it. Given as an
                argument, everybody on the host can see it while the command runs.
                """,
            parameters: [
                .secret,
                .option("file", "file", "read secret from file; '-' is standard input", completion: .file),
                .flag("plain", "read the secret from file without converting from base64"),
                .flag("interactive", "read the secret from the terminal"),
                .optional("base64", "string", "base64-encoded secret value"),
            ], exclusive: [["file", "interactive", "base64"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let secrets = try invocation.manager().secrets
            let secret = try invocation.secret(secrets)
            let value = try newValue(invocation)
            do throws(VMError) {
                var report = told(try secrets.setValue(value, of: secret), "Secret value set")
                if invocation.value("base64") != nil {
                    report.warnings = ["Passing secret value as command-line argument is insecure!"]
                }
                return report
            } catch {
                throw error.wrapped("Failed to set secret value")
            }
        }
    }

    private static func newValue(_ invocation: Invocation) throws(VMError) -> [UInt8] {
        if invocation.flag("interactive") { return try SecretPrompt.ask("Enter new value for secret:") }
        if let name = invocation.value("file") {
            let bytes = try InputFile(name: name).read()
            return invocation.flag("plain") ? bytes : try decoded(bytes)
        }
        if invocation.flag("plain") { throw VMError(.usage, "option --plain needs --file") }
        guard let text = invocation.value("base64") else {
            throw VMError(.usage, "Input secret value is missing", remedy: "give --file, --interactive or the value")
        }
        return try decoded(Array(text.utf8))
    }

    private static func decoded(_ text: [UInt8]) throws(VMError) -> [UInt8] {
        guard let bytes = Base64.decode(text.filter { !Base64.isBlank($0) }) else {
            throw VMError(
                .invalidArgument, "Invalid base64 data", remedy: "--plain takes the bytes of a file as they are")
        }
        return bytes
    }

    /// `secret-get-value SECRET [--plain]`.
    static var secretGetValue: Verb {
        Verb(
            "secret-get-value", group: .secrets, "print a secret's value, in base64",
            parameters: [.secret, .flag("plain", "get value without converting to base64")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let secrets = try invocation.manager().secrets
            let secret = try invocation.secret(secrets)
            let value = try secrets.value(of: secret)
            let text = Base64.encode(value)
            let plain = String(decoding: value, as: UTF8.self)
            let shown = invocation.flag("plain") && Array(plain.utf8) == value ? plain : text
            return Report(
                invocation.flag("plain") ? .raw(shown) : .text(text),
                value: ["uuid": .string(secret.uuid.description), "base64": .string(text)],
                names: [secret.uuid.description])
        }
    }

    /// `secret-undefine SECRET`.
    static var secretUndefine: Verb {
        Verb("secret-undefine", group: .secrets, "remove a secret with its value", parameters: [.secret]) {
            (invocation: Invocation) throws(VMError) -> Report in
            let secrets = try invocation.manager().secrets
            let secret = try invocation.secret(secrets)
            do throws(VMError) {
                return told(try secrets.undefine(secret), "Secret \(secret.uuid) deleted")
            } catch {
                throw error.wrapped("Failed to delete secret \(secret.uuid)")
            }
        }
    }

    /// `secret-event`.
    static var secretEvent: Verb {
        Verb(
            "secret-event", group: .secrets, "wait for events of secrets, as virsh does",
            parameters: [
                .option("secret", "string", "filter by secret name or uuid", completion: .secret)
            ] + ObjectEvents.parameters(["lifecycle", "value-changed"])
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let wanted = try invocation.value("secret").map { key throws(VMError) in
                try invocation.secret(manager.secrets, key).uuid
            }
            return try ObjectEvents.follow(invocation, manager, ["lifecycle", "value-changed"], word: "secret") {
                guard case .secret(let change) = $0.kind, wanted == nil || wanted == change.uuid else { return nil }
                switch change.change {
                case .defined: return .init("lifecycle", change.uuid.description, ": Defined")
                case .undefined: return .init("lifecycle", change.uuid.description, ": Undefined")
                case .valueChanged: return .init("value-changed", change.uuid.description, "")
                }
            }
        }
    }

    private static func told(_ secret: SecretRecord, _ sentence: String) -> Report {
        Report(.message(sentence), value: .object(secret.value), names: [secret.uuid.description])
    }
}

extension Parameter {
    /// The secret that a verb is about.
    static var secret: Parameter { argument("secret", "string", "secret UUID", completion: .secret) }
}

extension Invocation {
    /// The secret that the user means.
    func secret(_ secrets: HostSecrets) throws(VMError) -> SecretRecord { try secret(secrets, required("secret")) }

    func secret(_ secrets: HostSecrets, _ key: String) throws(VMError) -> SecretRecord {
        guard let uuid = UUID(key) else {
            throw VMError(
                .notFound, "failed to get secret '\(key)'", remedy: "\(command: "secret-list") shows what there is")
        }
        do throws(VMError) {
            return try secrets.secret(uuid)
        } catch {
            throw error.code == .notFound ? error.wrapped("failed to get secret '\(key)'") : error
        }
    }
}

extension SecretRecord {
    /// What programs are told of a secret.
    var value: JSONObject {
        var object: JSONObject = [
            "uuid": .string(uuid.description), "usage_type": .string(usageType.rawValue),
            "ephemeral": .bool(isEphemeral), "private": .bool(isPrivate), "has_value": .bool(hasValue),
        ]
        if usageType != .none { object["usage"] = .string(usageID) }
        object["description"] = secret.description.map { .string($0) }
        return object
    }
}

/// Asks for a value on the terminal, which doesn't show it meanwhile.
enum SecretPrompt {
    static func ask(_ question: String) throws(VMError) -> [UInt8] {
        guard isatty(STDIN_FILENO) == 1 else {
            throw VMError(
                .usage, "standard input is no terminal", remedy: "--file - reads the value from standard input")
        }
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw .system("the terminal can't be kept from showing the value", errno: errno)
        }
        var silent = before
        // ^C comes as a byte: a process that it killed would leave the terminal as it is now.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw .system("the terminal can't be kept from showing the value", errno: errno)
        }
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
        StandardStream.error.write(question + " ")
        var value: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            // The end of the input is no value: what was stored before would be lost.
            guard count == 1, byte != 0x03 else { throw VMError(.cancelled, "no value was entered, and none is set") }
            if byte == UInt8(ascii: "\n") { break }
            value.append(byte)
            if value.count > 65_536 { throw VMError(.invalidArgument, "the value is too long") }
        }
        StandardStream.error.write("\n")
        return value
    }
}
