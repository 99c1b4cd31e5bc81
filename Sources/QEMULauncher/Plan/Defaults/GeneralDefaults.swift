internal import VMCore
internal import VMDomain
internal import VMXML

/// The parts of a domain that stand outside `<devices>`: machine, memory, vCPUs, boot order, clock, life cycle.
enum GeneralDefaults {
    static func apply(to domain: inout Domain, _ capabilities: Capabilities) {
        fillMachine(&domain, capabilities)
        // The one UUID of a document may stand where the firmware's are.
        if domain.uuid == nil { domain.uuid = domain.firmwareUUID }
        fillMemory(&domain)
        fillVCPUs(&domain)
        fillBoot(&domain)
        TuningDefaults.apply(to: &domain)
        MetadataDefaults.apply(to: &domain)
        dropEmptyEntries(&domain.sysinfo)
        dropUnlimited(&domain.memtune)
        if domain.os.bootmenu?.enable == .no { domain.os.bootmenu?.timeout = nil }
        ClockDefaults.apply(to: &domain)
        domain.onPoweroff.fill(.destroy)
        domain.onReboot.fill(.restart)
        domain.onCrash.fill(.destroy)
    }

    private static func fillMachine(_ domain: inout Domain, _ capabilities: Capabilities) {
        var type = domain.os.type ?? OperatingSystem.OSType()
        type.arch.fill(capabilities.architecture)
        let accelerator = capabilities.accelerator(for: domain.type)
        let asked = type.machine ?? capabilities.usualMachine(type.arch, accelerator)?.name
        type.machine = asked.map { capabilities.machine($0, accelerator)?.name ?? $0 }
        domain.os.type = type
        if domain.devices.emulator == nil { domain.devices.emulator = "/usr/bin/qemu-system-" + capabilities.target }
    }

    private static func fillMemory(_ domain: inout Domain) {
        var cells = UInt64(0)
        for cell in domain.cpu?.numa.cells ?? [] {
            cells = cells.addingReportingOverflow(cell.memory?.bytes ?? 0).partialValue
        }
        if domain.memory?.size == nil, cells > 0 { domain.memory = Memory(ScaledSize(bytes: cells)) }
        guard let total = domain.memory?.size, let current = domain.currentMemory?.size else { return }
        domain.currentMemory?.size = min(current, total)
    }

    /// A guest has all of its memory unless the document says how much of it.
    static let fillCurrentMemory: Planner.Pass = { domain, _ throws(VMError) in
        guard let total = domain.memory?.size else { return }
        let current = domain.currentMemory?.size ?? total
        domain.currentMemory.fill(CurrentMemory())
        domain.currentMemory?.size = current.bytes == 0 ? total : min(current, total)
    }

    private static func fillVCPUs(_ domain: inout Domain) {
        var vcpu = domain.vcpu ?? VCPU(1)
        vcpu.count.fill(1)
        // Memory that is placed automatically takes the vCPUs along, and the other way round.
        if domain.numatune.memory?.placement == .auto, vcpu.cpuset == nil, !domain.cputune.hasPins {
            vcpu.placement = .auto
        }
        vcpu.placement.fill(.static)
        if vcpu.placement == .auto, domain.numatune.memory?.nodeset == nil {
            domain.numatune.memory?.placement.fill(.auto)
        }
        if domain.numatune.memory?.placement == .auto { domain.numatune.memory?.nodeset = nil }
        settleNUMA(&domain.numatune)
        if vcpu.placement == .auto, domain.numatune == NUMATuning() {
            var memory = NUMATuning.Memory()
            (memory.mode, memory.placement) = (.strict, .auto)
            domain.numatune.memory = memory
        }
        fillStates(&domain.vcpus, &vcpu)
        if vcpu.current == vcpu.count { vcpu.current = nil }
        domain.vcpu = vcpu
    }

    /// Memory is bound strictly unless another way is given; an element that says nothing isn't kept.
    private static func settleNUMA(_ tuning: inout NUMATuning) {
        if let memory = tuning.memory {
            if memory.mode == nil, memory.nodeset == nil, memory.placement != .auto {
                tuning.memory = nil
            } else {
                tuning.memory?.mode.fill(.strict)
                if memory.placement == .static { tuning.memory?.placement = nil }
            }
        }
        for index in tuning.memnodes.indices { tuning.memnodes[index].mode.fill(.strict) }
    }

    /// Of listed vCPUs, those that aren't are off; those that are on count as the current ones.
    private static func fillStates(_ states: inout [VCPU.State], _ vcpu: inout VCPU) {
        guard !states.isEmpty, let count = vcpu.count, count <= VCPU.most else { return }
        let listed = Set(states.compactMap(\.id))
        for id in 0..<count where !listed.contains(id) {
            var state = VCPU.State()
            (state.id, state.enabled) = (id, .no)
            states.append(state)
        }
        states.sort { ($0.id ?? 0) < ($1.id ?? 0) }
        for index in states.indices where states[index].hotpluggable == nil {
            states[index].hotpluggable = states[index].enabled == .yes ? .no : .yes
        }
        vcpu.current = UInt32(states.count { $0.enabled == .yes })
    }

    /// What firmware is to tell the guest, without entries that have no text.
    private static func dropEmptyEntries(_ all: inout [SystemInformation]) {
        for index in all.indices where all[index].type == .smbios {
            all[index].bios.dropEmpty()
            all[index].system.dropEmpty()
            all[index].chassis.dropEmpty()
            for board in all[index].baseBoard.indices { all[index].baseBoard[board].dropEmpty() }
        }
    }

    /// Limits as high as can be are none.
    private static func dropUnlimited(_ tuning: inout MemoryTuning) {
        let unlimited = ScaledSize.kibibytes(9_007_199_254_740_991)
        for limit in [\MemoryTuning.hardLimit, \.softLimit, \.swapHardLimit] {
            if let size = tuning[keyPath: limit], size >= unlimited { tuning[keyPath: limit] = nil }
        }
    }

    /// A machine that no device tells how to boot boots from disk.
    private static func fillBoot(_ domain: inout Domain) {
        guard domain.os.boot.isEmpty, domain.os.type?.kind ?? "hvm" == "hvm", !domain.hasBootOrder else { return }
        domain.os.boot = [OperatingSystem.BootDevice(.hd)]
    }
}
