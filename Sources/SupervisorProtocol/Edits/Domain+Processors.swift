package import VMCore
internal import VMDomain
internal import VMXML

/// Edits of a domain's processors.
extension Domain {
    mutating func setProcessorCount(_ number: UInt32, isMaximum: Bool) throws(VMError) {
        guard number > 0 else {
            throw VMError(.invalidArgument, "Invalid value for number of virtual CPUs")
        }
        var processors = vcpu ?? VCPU()
        if isMaximum {
            if let current = processors.current, current >= number { processors.current = nil }
            processors.count = number
        } else {
            try checkProcessorCount(number, "persistent")
            processors.current = number == processors.count ?? 1 ? nil : number
        }
        vcpus = []
        vcpu = processors
    }

    /// - Parameter which: what messages call the domain: `persistent`, `live`.
    package func checkProcessorCount(_ number: UInt32, _ which: String) throws(VMError) {
        let most = vcpu?.count ?? 1
        guard number > most else { return }
        throw VMError(
            .invalidArgument,
            "invalid argument: requested vcpus is greater than max allowable vcpus for the \(which) domain: "
                + "\(number) > \(most)", remedy: "raise the maximum with \(option: "maximum") \(option: "config")")
    }

    mutating func setProcessors(_ numbers: [UInt32], isEnabled: Bool) throws(VMError) {
        try checkProcessors(numbers, isEnabled: isEnabled)
        for number in numbers where hasProcessor(number) != isEnabled {
            if isEnabled { enableProcessor(number) } else { disableProcessor(number) }
        }
    }

    package func checkProcessors(_ numbers: [UInt32], isEnabled: Bool) throws(VMError) {
        let most = vcpu?.count ?? 1
        if let number = numbers.first(where: { $0 >= most }) {
            throw VMError(.notFound, "invalid argument: vcpu '\(number)' is not present in domain definition")
        }
        if !isEnabled, numbers.contains(0) {
            throw VMError(.unsupported, "operation failed: vcpu '0' can't be unplugged: a machine begins with it")
        }
    }

    /// Whether a processor is there when the machine starts.
    package func hasProcessor(_ number: UInt32) -> Bool {
        if let state = vcpus.first(where: { $0.id == number }) { return state.enabled == .yes }
        return number < vcpu?.current ?? vcpu?.count ?? 1
    }

    /// One processor fewer.
    package mutating func disableProcessor(_ number: UInt32) {
        if vcpus.isEmpty { listProcessors() }
        let current = vcpu?.current ?? vcpu?.count ?? 1
        if current > 1 { vcpu?.current = current - 1 }
        for index in vcpus.indices where vcpus[index].id == number {
            vcpus[index].enabled = .no
            vcpus[index].order = nil
        }
    }

    /// One processor more.
    package mutating func enableProcessor(_ number: UInt32) {
        if vcpus.isEmpty { listProcessors() }
        let current = (vcpu?.current ?? vcpu?.count ?? 1) &+ 1
        let isAll = current == vcpu?.count
        vcpu?.current = isAll ? nil : current
        for index in vcpus.indices where vcpus[index].id == number {
            vcpus[index].enabled = .yes
            vcpus[index].hotpluggable = .yes
            vcpus[index].order = current
        }
    }

    /// Lists the processors one by one: those that the machine was started with stay in it.
    private mutating func listProcessors() {
        let most = vcpu?.count ?? 1
        let current = vcpu?.current ?? most
        for number in 0..<min(most, 4096) {
            var state = VCPU.State()
            state.id = number
            state.enabled = number < current ? .yes : .no
            state.hotpluggable = number < current ? .no : .yes
            state.order = number < current ? number + 1 : nil
            vcpus.append(state)
        }
    }

    /// The processors that were plugged in while the machine ran.
    package var pluggedProcessors: [Int] {
        vcpus.filter { $0.hotpluggable == .yes && $0.enabled == .yes }.compactMap { $0.id.map { Int($0) } }
    }
}
