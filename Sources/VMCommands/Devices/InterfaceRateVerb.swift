internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `domiftune NAME INTERFACE [--inbound …] [--outbound …]`.
    static var domiftune: Verb {
        Verb(
            "domiftune", group: .devices, "set or query what a virtual interface may carry",
            details: """
                In thousands of bytes a second, the burst in KiB; an average of 0 takes the limit away. Without a limit it prints
                those that there are. What goes to the guest is queued, what comes from it is dropped beyond the limit. A floor is
                guaranteed of what the network gets.
                """,
            parameters: [
                .domain(), .argument("interface", "string", "interface device (MAC Address)", completion: .interface),
                .option("inbound", "string", "what the guest gets: average,peak,burst,floor"),
                .option("outbound", "string", "what the guest sends: average,peak,burst"),
            ] + .scope + [.timeout], exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let group = TuningGroup.bandwidth(interface: try invocation.required("interface"))
            let scope = invocation.scope(standard: .current)
            let parameters =
                try invocation.rate("inbound", ["average", "peak", "burst", "floor"])
                + invocation.rate("outbound", ["average", "peak", "burst"])
            guard parameters.isEmpty else {
                do throws(VMError) {
                    try manager.tune(key, group, parameters, scope: scope, timeout: try invocation.patience())
                } catch {
                    throw error.wrapped("Unable to set interface parameters")
                }
                return .silent(key)
            }
            do throws(VMError) {
                let list = try manager.tuning(key, group, scope: scope)
                let text = list.map { $0.name.padded(to: 15) + ": \($0.value.text)\n" }.joined()
                return Report(.raw(text + "\n"), value: .object(list.json), names: [key])
            } catch {
                throw error.wrapped("Unable to get interface parameters")
            }
        }
    }
}

extension Invocation {
    /// Numbers with commas between them, of which those at the end may be missing.
    fileprivate func rate(_ direction: String, _ names: [String]) throws(VMError) -> [TypedParameter] {
        guard let text = value(direction) else { return [] }
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        func odd(_ why: String) -> VMError {
            VMError(
                .usage, "\(direction) format is incorrect: \(why)",
                remedy: "write \(names.joined(separator: ",")), for example 1000,2000,256")
        }
        guard (1...names.count).contains(words.count) else { throw odd("'\(text)'") }
        var parameters: [TypedParameter] = []
        for (name, word) in zip(names, words) where !word.isEmpty {
            guard let number = UInt32(word) else { throw odd("'\(word)' is no number up to \(UInt32.max)") }
            parameters.append(TypedParameter("\(direction).\(name)", .uint(number)))
        }
        if parameters.isEmpty { throw odd("'\(text)'") }
        return parameters
    }
}
