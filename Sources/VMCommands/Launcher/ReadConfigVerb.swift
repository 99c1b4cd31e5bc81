internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `readconfig --socket PATH | --tcp HOST:PORT | NAME | FILE`: the file that gives QEMU its QMP monitor.
    static var readconfig: Verb {
        Verb(
            "readconfig", group: .launcher, "write the -readconfig file that gives QEMU its QMP monitor",
            details: """
                The file has the sections [chardev "qmp"] and [mon "qmp"]. With --socket or --tcp it says where
                QEMU listens; with a domain or a file it is the one that 'start' would use for that machine.
                To try it:
                  vmctl readconfig --socket /tmp/qmp.sock -o qemu-qmp.conf
                  qemu-system-x86_64 -readconfig qemu-qmp.conf
                  socat - UNIX-CONNECT:/tmp/qmp.sock
                """,
            parameters: [
                .optional(
                    "domain", "string", "domain name, id or uuid, or a domain XML file", completion: .domain(.any)),
                .option("socket", "path", "the unix socket that QEMU listens on", completion: .file),
                .option("tcp", "host:port", "the TCP port that QEMU listens on; nothing protects it"),
                .option("output-file", short: "o", "file", "where to write, else standard output", completion: .file),
            ],
            exclusive: [["domain", "socket", "tcp"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let text = try monitorConfig(invocation).readConfig()
            guard let path = invocation.value("output-file") else {
                return Report(.document(text), value: ["text": .string(text)], names: [])
            }
            try Files.write(Array(text.utf8), to: path)
            return Report(
                .message("Monitor configuration written to \(path)"),
                value: ["file": .string(path), "text": .string(text)],
                names: [path])
        }
    }

    private static func monitorConfig(_ invocation: Invocation) throws(VMError) -> MonitorConfig {
        if let path = invocation.value("socket") {
            // QEMU takes a relative path from its own working folder, which need not be ours.
            return MonitorConfig(.unix(path: InputFile.absolute(path, below: InputFile.workingFolder)))
        }
        if let text = invocation.value("tcp") {
            guard case .tcp(let host, let port) = try SocketAddress(parsing: "tcp:" + text) else {
                throw VMError(.usage, "'\(text)' is no TCP address", remedy: "write HOST:PORT")
            }
            return MonitorConfig(.tcp(host: host, port: port))
        }
        guard let word = invocation.value("domain") else {
            throw VMError(
                .usage, "command 'readconfig' requires <domain>, --socket or --tcp",
                remedy: "see 'vmctl help readconfig'")
        }
        return MonitorConfig(.unix(path: try socketPath(word, try invocation.manager())))
    }

    /// Where the machine's QEMU listens: in its runtime folder, which its UUID names.
    private static func socketPath(_ word: String, _ manager: VMManager) throws(VMError) -> String {
        guard InputFile.looksLikeFile(word) else { return try manager.find(word).runtime.path + "/monitor.sock" }
        let domain = try DomainDocument.read(InputFile(name: word))
        if let name = domain.name, let machine = try? manager.find(name) {
            return machine.runtime.path + "/monitor.sock"
        }
        if let uuid = domain.uuid { return "\(manager.paths.runtime)/\(uuid)/monitor.sock" }
        throw VMError(
            .invalidArgument, "the domain in '\(word)' has no <uuid>, by which its runtime folder is named",
            remedy: "define it first, give it a <uuid>, or say --socket")
    }
}
