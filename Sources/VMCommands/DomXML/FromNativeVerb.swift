internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `domxml-from-native qemu-argv FILE`, as virsh had it; `domxml from-native FILE` is the same.
    static var domxmlFromNative: Verb {
        Verb(
            "domxml-from-native", group: .launcher, "turn a QEMU command line into domain XML",
            details: """
                FILE holds a command as for a shell: quotes, continued lines and assignments in front of it are
                understood. What has no counterpart in the XML is listed on standard error;
                --keep-unmapped passes it on in <qemu:commandline>.
                """,
            parameters: [
                .argument("format", "string", "qemu-argv", completion: .words(["qemu-argv"])),
                .argument("config", "file", "the command line; - for standard input", completion: .file), keepUnmapped,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let format = try invocation.required("format")
            guard format == "qemu-argv" else {
                throw VMError(
                    .invalidArgument, "unsupported config type \(format)", remedy: "only qemu-argv can be read")
            }
            return try fromNative(try invocation.required("config"), keeping: invocation.flag("keep-unmapped"))
        }
    }

    /// `domxml-to-native qemu-argv [FILE|--domain NAME]`; `argv` prints the same for people.
    static var domxmlToNative: Verb {
        Verb(
            "domxml-to-native", group: .launcher, "turn domain XML into a QEMU command line",
            parameters: [
                .argument("format", "string", "qemu-argv", completion: .words(["qemu-argv"])),
                .optional("xml", "file", "the domain XML document; - for standard input", completion: .file),
                .option("domain", "string", "domain name, id or uuid", completion: .domain(.any)),
            ],
            exclusive: [["xml", "domain"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let format = try invocation.required("format")
            guard format == "qemu-argv" else {
                throw VMError(
                    .invalidArgument, "unsupported config type \(format)", remedy: "only qemu-argv can be written")
            }
            let manager = try invocation.manager()
            let plan: LaunchPlan
            if let name = invocation.value("domain") {
                plan = try manager.plan(name)
            } else if let name = invocation.value("xml") {
                let reading = try DomainDocument.reading(InputFile(name: name))
                plan = try manager.plan(reading.domain, source: reading.source)
            } else {
                throw VMError(.usage, "need either domain XML, or domain name")
            }
            return plan.commandReport(plan.commandLine(configuration: "qemu-qmp.conf"))
        }
    }

    static var keepUnmapped: Parameter {
        .flag("keep-unmapped", "pass on what has no counterpart, in <qemu:commandline>")
    }

    static func fromNative(_ name: String, keeping: Bool) throws(VMError) -> Report {
        let file = InputFile(name: name)
        let text = String(decoding: try file.read(), as: UTF8.self)
        let native = try NativeDomain(script: text, folder: InputFile.workingFolder, keepsUnmapped: keeping)
        var report = Report(
            .document(native.domain.xml), value: .object(native.json), names: [native.domain.name ?? ""])
        report.warnings = native.warnings
        return report
    }
}
