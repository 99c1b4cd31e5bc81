internal import MonitorJSON
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `qemu-agent-command DOMAIN [--timeout S] [--async] [--block] [--pretty] COMMAND`.
    static var qemuAgentCommand: Verb {
        Verb(
            "qemu-agent-command", group: .monitoring, "run one command of the guest agent",
            details:
                "COMMAND is JSON such as '{\"execute\": \"guest-ping\"}', or the name of a command without arguments.",
            parameters: [
                .domain(.active),
                .option("timeout", "seconds", "how long the agent may take to answer, 5 by default"),
                .flag("async", "give it only a moment, and don't mind when it says nothing"),
                .flag("block", "wait for the answer however long it takes"),
                .flag("pretty", "spread the answer over several lines"),
                .rest("cmd", "string", "the command"),
            ],
            exclusive: [["timeout", "async", "block"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let text = invocation.all("cmd").joined(separator: " ")
            guard case .request(let request, false) = try ShellParser(schema: nil).parse(text) else {
                throw VMError(.usage, "'\(text)' is no command", remedy: "write JSON, or a command's name")
            }
            var patience = VMManager.AgentPatience.atMost(
                try invocation.seconds("timeout") ?? VMManager.agentPatience)
            if invocation.flag("block") { patience = .forever }
            if invocation.flag("async") { patience = .none }
            let value = try manager.agentCommand(key, request.command, request.arguments, patience: patience)
            guard let value else { return .finished() }
            let answer: JSONValue = ["return": value]
            return Report(
                .text(invocation.flag("pretty") ? DisplayText.prettyJSON(answer) : DisplayText.json(answer)),
                value: answer)
        }
    }
}
