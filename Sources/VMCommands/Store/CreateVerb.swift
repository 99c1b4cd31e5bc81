internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `create FILE [--paused] [--console] [--validate]`.
    static var create: Verb {
        Verb(
            "create", group: .domain, "start a domain from an XML file without storing it",
            details: """
                The domain is transient: it is gone when it ends, its XML with it. 'define' makes it persistent while
                it runs. A document with the name and UUID of a stored domain runs in its place and leaves it as it is.
                """,
            parameters: [
                .argument("file", "file", "domain XML file; - for standard input", completion: .file),
                .flag("console", "join the console when it runs"), .flag("paused", "leave the processors stopped"),
                .resetNVRAM,
                .flag("validate", "check the document (always done)"),
                .option("timeout", "seconds", "how long QEMU may take to get ready, 30 by default"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            let manager = try invocation.manager()
            let timeout = try invocation.seconds("timeout") ?? .seconds(30)
            let document = try DomainDocument.bytes(file)
            let state: PublishedState
            do throws(VMError) {
                state = try manager.create(
                    document, file: file.name, paused: invocation.flag("paused"), timeout: timeout,
                    resetNVRAM: invocation.flag("reset-nvram"))
            } catch {
                throw error.wrapped("Failed to create domain from \(file.name)")
            }
            let report = state.confirmation("Domain '\(state.name)' created from \(file.name)")
            guard invocation.flag("console") else { return report }
            if invocation.global.format == .human {
                StandardStream.output.write(Renderer(global: invocation.global).text(of: report))
            }
            return try ConsoleVerb.join(manager, state.name, invocation)
        }
    }
}
