internal import QEMULauncher
public import VMCore
internal import VMDomain
internal import VMJSON

/// What can be set of a thread that serves devices' I/O; nil leaves it as it is.
public struct IOThreadSettings: Sendable, Hashable {
    /// For how long it polls before it sleeps, in nanoseconds; 0 never polls.
    public var pollMax: UInt64?
    /// By which factor it polls longer when polling was worth it; 0 is QEMU's own.
    public var pollGrow: UInt64?
    /// By which divisor it polls shorter when it was not; 0 polls no more.
    public var pollShrink: UInt64?
    /// How many worker threads it keeps at least.
    public var threadPoolMin: UInt32?
    /// How many worker threads it has at most.
    public var threadPoolMax: UInt32?

    public init() {}

    /// QEMU's names, with the values that are set.
    var properties: [(name: String, value: UInt64)] {
        [
            ("poll-max-ns", pollMax), ("poll-grow", pollGrow), ("poll-shrink", pollShrink),
            ("thread-pool-min", threadPoolMin.map { UInt64($0) }),
            ("thread-pool-max", threadPoolMax.map { UInt64($0) }),
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    fileprivate func apply(to thread: inout IOThread) {
        if pollMax != nil || pollGrow != nil || pollShrink != nil {
            var poll = thread.poll ?? IOThread.Poll()
            poll.max = pollMax ?? poll.max
            poll.grow = pollGrow ?? poll.grow
            poll.shrink = pollShrink ?? poll.shrink
            thread.poll = poll
        }
        thread.threadPoolMin = threadPoolMin ?? thread.threadPoolMin
        thread.threadPoolMax = threadPoolMax ?? thread.threadPoolMax
    }
}

/// Threads that serve devices' I/O: `<iothreads>`, `<iothreadids>`.
extension VMManager {
    /// Gives a domain one more.
    ///
    /// - Throws: `exists` when it has one of that number.
    public func addIOThread(
        _ key: String, _ number: UInt32, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        guard number > 0 else { throw VMError(.invalidArgument, "Invalid IOThread id value: '0'") }
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        var thread = IOThread()
        thread.id = number
        func edit(_ domain: inout Domain) throws(VMError) {
            var threads = domain.numberedIOThreads
            if threads.contains(where: { $0.id == number }) {
                throw VMError(
                    .exists, "invalid argument: an IOThread is already using iothread_id '\(number)'")
            }
            threads.append(thread)
            domain.setIOThreads(threads)
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            var next = session.domain
            try edit(&next)
            try session.make(HotplugChange(steps: [Hotplug.addition(of: thread)], domain: next))
        }
        if let change { try commit(change) }
    }

    /// Takes one away that serves nothing.
    ///
    /// - Throws: `not-found`; `busy` when a device has it.
    public func removeIOThread(
        _ key: String, _ number: UInt32, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        func edit(_ domain: inout Domain) throws(VMError) {
            _ = try domain.ioThread(number)
            if let user = domain.user(ofIOThread: number) {
                throw VMError(
                    .busy, "invalid argument: cannot remove IOThread '\(number)' since it is being used by \(user)")
            }
            domain.setIOThreads(domain.numberedIOThreads.filter { $0.id != number })
            domain.cputune.iothreadpin.removeAll { $0.iothread == number }
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            let addition = Hotplug.addition(of: try session.domain.ioThread(number))
            var next = session.domain
            try edit(&next)
            guard let removal = addition.undo else { return }
            try session.make(HotplugChange(steps: [.init(removal, undo: addition.call)], domain: next))
        }
        if let change { try commit(change) }
    }

    /// Sets how one works.
    public func setIOThread(
        _ key: String, _ number: UInt32, _ settings: IOThreadSettings, scope: ChangeScope = .current,
        timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        func edit(_ domain: inout Domain) throws(VMError) {
            _ = try domain.ioThread(number)
            var threads = domain.numberedIOThreads
            for index in threads.indices where threads[index].id == number { settings.apply(to: &threads[index]) }
            domain.setIOThreads(threads)
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            var next = session.domain
            try edit(&next)
            let steps = try settings.steps(for: number, in: session)
            try session.make(HotplugChange(steps: steps, domain: next))
        }
        if let change { try commit(change) }
    }
}

extension IOThreadSettings {
    /// Sets one property after the other; each is taken back to what QEMU has now.
    fileprivate func steps(
        for number: UInt32, in session: borrowing LiveSession
    ) throws(VMError) -> [HotplugChange.Step] {
        var steps: [HotplugChange.Step] = []
        for (name, value) in properties {
            let place: JSONObject = ["path": .string("/objects/iothread\(number)"), "property": .string(name)]
            let before = try session.run("qom-get", place)
            func call(_ value: JSONValue) -> QMPCall { QMPCall("qom-set", place.merging(["value": value])) }
            steps.append(.init(call(JSONValue(value)), undo: call(before)))
        }
        // QEMU keeps the least below the most at every step: where both grow the most goes first.
        if let least = threadPoolMin, threadPoolMax != nil, let last = steps.last,
            let before = last.undo?.arguments["value"]?.uint64, UInt64(least) > before
        {
            steps.removeLast()
            steps.insert(last, at: 0)
        }
        return steps
    }
}

extension Domain {
    fileprivate mutating func setIOThreads(_ threads: [IOThread]) {
        iothreadids = threads.sorted { ($0.id ?? 0) < ($1.id ?? 0) }
        iothreads = threads.isEmpty ? nil : .init(clamping: threads.count)
    }

    fileprivate func ioThread(_ number: UInt32) throws(VMError) -> IOThread {
        if let thread = numberedIOThreads.first(where: { $0.id == number }) { return thread }
        throw VMError(
            .notFound, "invalid argument: cannot find IOThread '\(number)' in iothreadids list",
            remedy: "'vmctl iothreadinfo' lists those there are")
    }

    /// What has this thread for its I/O; nil for nothing.
    fileprivate func user(ofIOThread number: UInt32) -> String? {
        if let disk = devices.disks.first(where: { disk in
            disk.driver?.iothread == number || disk.driver?.iothreads.contains { $0.id == number } == true
        }) {
            return "disk '\(disk.target?.dev ?? "")'"
        }
        return devices.controllers.first { controller in
            controller.driver?.iothread == number || controller.driver?.iothreads.contains { $0.id == number } == true
        }.map { "controller '\($0.alias?.name ?? "\($0.type)")'" }
    }
}
