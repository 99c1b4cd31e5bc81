package import VMCore

/// The threads of a machine, by what they do.
package struct MachineThreads: Sendable {
    /// The threads of processors and of I/O, by their numbers.
    package var vcpus: [Int: Int32]
    package var iothreads: [Int: Int32]
    /// All others of QEMU, and those of the programs beside it.
    package var others: [Int32]

    package init(vcpus: [Int: Int32], iothreads: [Int: Int32], of processes: [Int32]) {
        self.vcpus = vcpus
        self.iothreads = iothreads
        let known = Set(vcpus.values).union(iothreads.values)
        others = processes.flatMap { ProcessTable.threads(of: $0) }.filter { !known.contains($0) }
    }
}

extension ControlGroup {
    /// Gives threads of the machine groups of their own, as far as something is said of their kind, and says how much
    /// processor time those may take.
    package func limit(_ threads: MachineThreads, _ parameters: [TypedParameter]) throws(VMError) {
        let processors = only([.cpu])
        func limit(_ name: String, _ threads: [Int32], _ bandwidth: ProcessorBandwidth) throws(VMError) {
            let group = try processors.makeThreadGroup(name)
            for thread in threads { try group.add(thread: thread) }
            try group.set(bandwidth)
        }
        let vcpu = ProcessorBandwidth(parameters, "vcpu")
        if !vcpu.isEmpty {
            for (number, thread) in threads.vcpus { try limit("vcpu\(number)", [thread], vcpu) }
        }
        let iothread = ProcessorBandwidth(parameters, "iothread")
        if !iothread.isEmpty {
            for (number, thread) in threads.iothreads { try limit("iothread\(number)", [thread], iothread) }
        }
        let emulator = ProcessorBandwidth(parameters, "emulator")
        if !emulator.isEmpty { try limit("emulator", threads.others, emulator) }
    }

    /// Whether parameters of the scheduler are about single threads.
    package static func limitsThreads(_ parameters: [TypedParameter]) -> Bool {
        ["vcpu", "iothread", "emulator"].contains { !ProcessorBandwidth(parameters, $0).isEmpty }
    }
}
