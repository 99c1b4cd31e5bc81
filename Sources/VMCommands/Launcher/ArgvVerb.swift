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
                """,
            parameters: [
                .argument(
                    "domain", "string", "domain name, id or uuid, or a domain XML file", completion: .domain(.any)),
                .flag("no-monitor", "without the -readconfig file"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let word = try invocation.required("domain")
            let plan: LaunchPlan
            let configuration: String
            if InputFile.looksLikeFile(word) {
                plan = try manager.plan(try DomainDocument.read(InputFile(name: word)))
                configuration = "qemu-qmp.conf"
            } else {
                plan = try manager.plan(word)
                configuration = try manager.find(word).runtime.configuration
            }
            let arguments =
                invocation.flag("no-monitor") ? plan.arguments : plan.commandLine(configuration: configuration)
            let assignments = plan.environment.map { "\($0.name)=\(ShellWords.quoted($0.value)) \\\n" }.joined()
            return Report(
                .text(assignments + ShellWords.command([plan.executable] + arguments)),
                value: [
                    "executable": .string(plan.executable), "arguments": .array(arguments.map { .string($0) }),
                    "environment": .object(JSONObject(plan.environment.map { ($0.name, .string($0.value)) })),
                ], names: [plan.executable])
        }
    }
}
