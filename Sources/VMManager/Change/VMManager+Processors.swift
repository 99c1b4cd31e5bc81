internal import QEMULauncher
public import VMCore
internal import VMDomain
internal import VMJSON

extension VMManager {
    /// How many processors the domain has.
    ///
    /// A running machine gets more up to its maximum; of those that it got while it ran it gives some back, when the guest
    /// agrees.
    /// - Parameter maximum: set the most it can have, from its next start on.
    public func setProcessors(
        _ key: String, count: Int, maximum: Bool = false, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        guard let number = UInt32(exactly: count), number > 0 else {
            throw VMError(.invalidArgument, "Invalid value for number of virtual CPUs")
        }
        if maximum, live {
            throw VMError(
                .wrongState,
                "Requested operation is not valid: maximum vcpu count of a live domain can't be modified",
                remedy: "use --config")
        }
        var change: StoredChange?
        if config {
            change = try prepareStored(machine) { domain throws(VMError) in
                try VMManager.set(&domain, number, maximum: maximum)
            }
        }
        if live { try setLive(machine, number, deadline: .after(timeout)) }
        if let change { try commit(change) }
    }

    private static func set(_ domain: inout Domain, _ number: UInt32, maximum: Bool) throws(VMError) {
        var processors = domain.vcpu ?? VCPU()
        if maximum {
            if let current = processors.current, current >= number { processors.current = nil }
            processors.count = number
        } else {
            try check(number, processors.count ?? 1, "persistent")
            processors.current = number == processors.count ?? 1 ? nil : number
        }
        domain.vcpus = []
        domain.vcpu = processors
    }

    private static func check(_ number: UInt32, _ most: UInt32, _ which: String) throws(VMError) {
        guard number <= most else {
            throw VMError(
                .invalidArgument,
                "invalid argument: requested vcpus is greater than max allowable vcpus for the \(which) domain: "
                    + "\(number) > \(most)", remedy: "raise the maximum with --maximum --config")
        }
    }

    private func setLive(_ machine: Machine, _ number: UInt32, deadline: Deadline) throws(VMError) {
        var session = try LiveSession(self, machine, deadline: deadline)
        let most = session.domain.vcpu?.count ?? 1
        try VMManager.check(number, most, "live")
        var current = session.domain.vcpu?.current ?? most
        while current < number {
            try plugProcessor(&session)
            current += 1
        }
        while current > number {
            try unplugProcessor(&session)
            current -= 1
        }
    }

    /// Has processors of their own numbers plugged in, or taken out.
    ///
    /// - Throws: `not-found` for numbers beyond the maximum; `unsupported` for those that a machine was started with.
    public func setProcessors(
        _ key: String, numbers: [Int], enabled: Bool, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        func check(_ domain: Domain) throws(VMError) {
            let most = Int(clamping: domain.vcpu?.count ?? 1)
            if let number = numbers.first(where: { !(0..<most).contains($0) }) {
                throw VMError(.notFound, "invalid argument: vcpu '\(number)' is not present in domain definition")
            }
            if !enabled, numbers.contains(0) {
                throw VMError(.unsupported, "operation failed: vcpu '0' can't be unplugged: a machine begins with it")
            }
        }
        var change: StoredChange?
        if config {
            change = try prepareStored(machine) { domain throws(VMError) in
                try check(domain)
                for number in numbers.map({ UInt32(clamping: $0) }) where domain.hasProcessor(number) != enabled {
                    if enabled { domain.enableProcessor(number) } else { domain.disableProcessor(number) }
                }
            }
        }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            try check(session.domain)
            for number in numbers where session.domain.hasProcessor(UInt32(clamping: number)) != enabled {
                if enabled {
                    try plugProcessor(&session, number)
                } else {
                    try unplugProcessor(&session, number)
                }
            }
        }
        if let change { try commit(change) }
    }

    private func plugProcessor(_ session: inout LiveSession, _ wanted: Int? = nil) throws(VMError) {
        let all = (try session.run("query-hotpluggable-cpus").array ?? [])
        // QEMU lists them with the highest first.
        let free = all.indices.last { index in
            all[index]["qom-path"] == nil && (wanted == nil || wanted == all.count - 1 - index)
        }
        guard let place = free, let type = all[place]["type"]?.string,
            let properties = all[place]["props"]?.object
        else { throw VMError(.unsupported, "this machine's processors can't be plugged in while it runs") }
        let number = all.count - 1 - place
        var arguments: JSONObject = ["driver": .string(type), "id": .string("vcpu\(number)")]
        arguments = arguments.merging(properties)
        var next = session.domain
        next.enableProcessor(UInt32(clamping: number))
        try session.make(
            HotplugChange(
                steps: [
                    .init(
                        QMPCall("device_add", arguments),
                        undo: QMPCall("device_del", ["id": .string("vcpu\(number)")]))
                ], domain: next, device: "vcpu\(number)"))
    }

    private func unplugProcessor(_ session: inout LiveSession, _ wanted: Int? = nil) throws(VMError) {
        let all = (try session.run("query-hotpluggable-cpus").array ?? [])
        let plugged = all.compactMap { entry -> Substring? in
            guard let path = entry["qom-path"]?.string, path.hasPrefix("/machine/peripheral/vcpu") else { return nil }
            return path.dropFirst("/machine/peripheral/".count)
        }
        guard let last = plugged.first(where: { wanted == nil || $0 == "vcpu\(wanted ?? 0)" }) else {
            throw VMError(
                .unsupported, "the processors that a machine was started with can't be taken out while it runs",
                remedy: "use --config, and start the machine again")
        }
        try session.detach(String(last), leftovers: [])
    }
}
