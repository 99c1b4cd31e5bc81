internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON

extension Verb {
    /// `domxml format|normalize|to-argv|from-native|batch`.
    static var domxml: Verb {
        Verb(
            "domxml", group: .launcher, "rewrite domain XML and turn it into command lines, without any machine",
            details: """
                format     print the document in libvirt's layout, with nothing filled in
                normalize  print the document as 'define' would store it
                to-argv    print the QEMU command line, one argument a line
                from-native  turn a QEMU command line in a file into a document; see 'help domxml-from-native'
                batch      answer requests, one JSON object a line, from standard input:
                           {"id":…,"op":"format|normalize|to-argv","capabilities":FILE,"file":FILE};
                           without "capabilities" the document's emulator is asked;
                           with "tweaks":{"abi_update":true} as a definition that is new
                """,
            parameters: [
                .argument(
                    "action", "string", "what to do",
                    completion: .words(["format", "normalize", "to-argv", "from-native", "batch"])),
                .optional("file", "file", "the domain XML document", completion: .file),
                .option(
                    "capabilities", "file", "a recorded conversation with a QEMU, in place of asking the installed one",
                    completion: .file), keepUnmapped,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let actions = ["format", "normalize", "to-argv", "from-native", "batch"]
            guard let action = try invocation.word("action", among: actions) else {
                throw .missing("action", of: invocation.verb)
            }
            if action == "from-native" {
                return try fromNative(
                    try invocation.required("file"), keeping: invocation.flag("keep-unmapped"))
            }
            let manager = try invocation.manager()
            if action == "batch" {
                var batch = DomXMLBatch(manager: manager)
                try batch.run()
                return .finished()
            }
            let file = try invocation.required("file")
            var request: JSONObject = ["op": .string(action), "file": .string(file)]
            request["capabilities"] = invocation.value("capabilities").map { .string($0) }
            var batch = DomXMLBatch(manager: manager)
            let text = try batch.perform(.object(request))
            return Report(.document(action == "to-argv" ? text + "\n" : text), value: ["output": .string(text)])
        }
    }
}
