internal import QEMULauncher
internal import VMCore
internal import VMDomain

/// The live definition's file, without any lock.
enum LiveDefinition {
    /// What tells one version of it from another.
    static func sum(_ folder: RuntimeFolder) -> String? {
        (try? Files.read(folder.domain)).map { StoredDefinition.sum($0[...]) }
    }

    /// The live definition as it is.
    static func read(_ folder: RuntimeFolder) throws(VMError) -> Domain {
        try Domain.read(Files.read(folder.domain), file: folder.domain, options: .lenient).checked()
    }

    /// Takes a device out that has left the machine: by its name, or a processor.
    static func remove(_ name: String, _ folder: RuntimeFolder, _ log: MachineLog) {
        do throws(VMError) {
            var domain = try read(folder)
            if let place = DevicePlace(alias: name, in: domain) {
                domain.remove(place)
            } else if name.hasPrefix("vcpu"), let number = UInt32(name.dropFirst(4)) {
                domain.disableProcessor(number)
            } else {
                return
            }
            try Files.write(Array(domain.xml.utf8), to: folder.domain, durable: false)
        } catch {
            log.note("cannot take '\(name)' out of the live definition: \(error)")
        }
    }
}

extension Domain {
    /// Whether a processor is there when the machine starts.
    func hasProcessor(_ number: UInt32) -> Bool {
        if let state = vcpus.first(where: { $0.id == number }) { return state.enabled == .yes }
        return number < vcpu?.current ?? vcpu?.count ?? 1
    }

    /// One processor fewer.
    mutating func disableProcessor(_ number: UInt32) {
        if vcpus.isEmpty { listProcessors() }
        let current = vcpu?.current ?? vcpu?.count ?? 1
        if current > 1 { vcpu?.current = current - 1 }
        for index in vcpus.indices where vcpus[index].id == number {
            vcpus[index].enabled = .no
            vcpus[index].order = nil
        }
    }

    /// One processor more.
    mutating func enableProcessor(_ number: UInt32) {
        if vcpus.isEmpty { listProcessors() }
        let current = (vcpu?.current ?? vcpu?.count ?? 1) + 1
        let isAll = current == vcpu?.count
        vcpu?.current = isAll ? nil : current
        for index in vcpus.indices where vcpus[index].id == number {
            vcpus[index].enabled = .yes
            vcpus[index].hotpluggable = .yes
            vcpus[index].order = current
        }
    }

    /// Writes the processors down one by one: those that the machine was started with stay in it.
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
}
