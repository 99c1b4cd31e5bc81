internal import QEMULauncher
internal import VMCore
internal import VMManager

extension Verb {
    /// `iothreadadd NAME ID`.
    static var iothreadadd: Verb {
        Verb(
            "iothreadadd", group: .devices, "add an IOThread to the guest domain",
            parameters: [.domain(), .argument("id", "number", "iothread for the new IOThread")] + .scope + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            try manager.addIOThread(
                key, try invocation.ioThread(), scope: invocation.scope(standard: .current),
                timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `iothreaddel NAME ID`.
    static var iothreaddel: Verb {
        Verb(
            "iothreaddel", group: .devices, "delete an IOThread from the guest domain",
            details: "One that serves a disk or a controller stays.",
            parameters: [.domain(), .argument("id", "number", "iothread_id for the IOThread to delete")] + .scope
                + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            try manager.removeIOThread(
                key, try invocation.ioThread(), scope: invocation.scope(standard: .current),
                timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `iothreadset NAME ID [--poll-max-ns N] …`.
    static var iothreadset: Verb {
        Verb(
            "iothreadset", group: .devices, "modifies an existing IOThread of the guest domain",
            parameters: [
                .domain(), .argument("id", "number", "iothread id of existing IOThread"),
                .option("poll-max-ns", "number", "set the maximum IOThread polling time in ns"),
                .option("poll-grow", "number", "set the value to increase the IOThread polling time"),
                .option("poll-shrink", "number", "set the value for reduction of the IOThread polling time"),
                .option("thread-pool-min", "number", "lower boundary for worker thread pool"),
                .option("thread-pool-max", "number", "upper boundary for worker thread pool"),
            ] + .scope + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            var settings = IOThreadSettings()
            settings.pollMax = try invocation.number("poll-max-ns").map { UInt64($0) }
            settings.pollGrow = try invocation.number("poll-grow").map { UInt64($0) }
            settings.pollShrink = try invocation.number("poll-shrink").map { UInt64($0) }
            settings.threadPoolMin = try invocation.number("thread-pool-min").map { UInt32(clamping: $0) }
            settings.threadPoolMax = try invocation.number("thread-pool-max").map { UInt32(clamping: $0) }
            guard settings != IOThreadSettings() else {
                throw VMError(.usage, "Not enough arguments passed, nothing to set")
            }
            try manager.setIOThread(
                key, try invocation.ioThread(), settings, scope: invocation.scope(standard: .current),
                timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `iothreadpin NAME ID CPULIST`.
    static var iothreadpin: Verb {
        Verb(
            "iothreadpin", group: .devices, "control domain IOThread affinity",
            parameters: [
                .domain(), .argument("iothread", "number", "IOThread ID number"),
                .argument("cpulist", "string", "host cpu number(s) to set"),
            ] + .scope,
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let number = try invocation.requiredNumber("iothread")
            try manager.pin(
                key, .iothread(number), to: try HostProcessors.parse(try invocation.required("cpulist")),
                scope: invocation.scope(standard: .current))
            return .silent(key)
        }
    }
}

extension Invocation {
    /// The number of an argument that has to be given.
    func requiredNumber(_ name: String) throws(VMError) -> Int {
        _ = try required(name)
        guard let number = try number(name) else { throw VMError(.usage, "<\(name)> is no number") }
        return number
    }

    fileprivate func ioThread() throws(VMError) -> UInt32 {
        let number = try requiredNumber("id")
        guard let id = UInt32(exactly: number), id > 0 else {
            throw VMError(.usage, "Invalid IOThread id value: '\(number)'")
        }
        return id
    }
}
