internal import VMCore
internal import VMManager

extension Verb {
    /// `__supervise`: what `start` runs in a process of its own. Its plan comes on an inherited descriptor; the words
    /// behind it only tell people who look at a process list which machine it is about.
    static var supervise: Verb {
        Verb(
            SupervisorProcess.verb, group: .host, "supervise one machine (run by 'start')",
            parameters: [.rest("machine", "string", "the machine's name and UUID", required: false)], hidden: true
        ) { (_: Invocation) throws(VMError) -> Report in
            .finished(SupervisorProcess.run())
        }
    }
}
