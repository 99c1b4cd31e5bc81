internal import VMCore
internal import VMManager

extension Verb {
    /// `wait NAME --for STATE [--timeout S]`.
    static var wait: Verb {
        Verb(
            "wait", group: .domain, "wait until a domain is in a state",
            details: "The exit status is 0 when the state was reached and 7 when the time was over first.",
            parameters: [
                .domain(),
                .option(
                    "for", "state", "running, paused, shutoff or crashed", completion: .words(Self.states.map(\.word)),
                    required: true),
                .option("timeout", "seconds", "how long to wait, 300 by default"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let word = try invocation.word("for", among: Self.states.map(\.word)) ?? "running"
            let wanted = Self.states.first { $0.word == word }?.state ?? .running
            let limit = try invocation.seconds("timeout") ?? .seconds(300)
            let state = try manager.wait(key, for: wanted, deadline: .after(limit))
            return state.confirmation("Domain '\(state.name)' is \(state.state.rawValue)")
        }
    }

    private static var states: [(word: String, state: DomainState)] {
        [("running", .running), ("paused", .paused), ("shutoff", .shutOff), ("crashed", .crashed)]
    }
}
