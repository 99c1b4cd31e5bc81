internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `-machine` and `-accel`: the board and what runs its CPUs.
enum MachineOptions {
    static func machine(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let domain = context.domain
        var properties: JSONObject = ["type": .string(domain.os.type?.machine ?? ""), "usb": false]
        putFeatures(&properties, context)
        properties["dump-guest-core"] = .bool(domain.memory?.dumpCore == .on)
        if domain.memoryBacking.nosharepages { properties["mem-merge"] = false }
        putPower(&properties, context)
        if domain.devices.memories.contains(where: { $0.model == .nvdimm }) { properties["nvdimm"] = true }
        if domain.devices.iommus.contains(where: \.isOfMachine) { properties["iommu"] = "smmuv3" }
        if context.usesSystemMemoryObject, let id = context.machine?.defaultRAMID {
            properties["memory-backend"] = .string(id)
        }
        putFirmware(&properties, context)
        if domain.cpu?.numa.hasHMAT == true { properties["hmat"] = true }
        if domain.os.bios?.useserial == .yes { properties["graphics"] = false }
        putS390(&properties, context)
        if domain.launchSecurity != nil { properties["confidential-guest-support"] = "lsec0" }
        putEnclaves(&properties, context)
        if domain.devices.sounds.contains(where: { $0.model == .pcspk }) {
            let sound = domain.devices.sounds.first { $0.model == .pcspk }
            properties.put("pcspk-audiodev", AudioOptions.name(for: sound?.audio, context))
        }
        var options = [QEMUOption(.machine, properties, from: domain.os.origin)]
        if acpi(context) == .oldOff { options.append(QEMUOption(flag: .noAcpi, from: domain.features.origin)) }
        return options
    }

    private static func putFeatures(_ properties: inout JSONObject, _ context: BuildContext) {
        let features = context.domain.features
        if let vmport = features.vmport { properties.put("vmport", vmport.state ?? .on) }
        if let smm = features.smm { properties.put("smm", smm.state ?? .on) }
        switch features.ioapic?.driver {
        case .kvm: properties["kernel_irqchip"] = "on"
        case .qemu: properties["kernel_irqchip"] = "split"
        case nil: break
        }
        if context.traits.isX86, let hpet = context.domain.clock?.timers.first(where: { $0.name == .hpet })?.present,
            context.capabilities.has(machine: properties["type"]?.string ?? "", property: "hpet")
        {
            // While there was an option for having none, having one was told by silence.
            if hpet == .no || context.machine?.acpi != nil { properties["hpet"] = .bool(hpet == .yes) }
        }
        if let version = features.gic?.version, context.traits.isARM, context.traits.family == .virt {
            properties["gic-version"] = .string(version.rawValue)
        }
        properties.put("aia", features.aia?.value?.rawValue)
        properties.put("i8042", features.ps2?.state)
        properties.put("ras", features.ras?.state)
        switch acpi(context) {
        case .on: properties["acpi"] = true
        case .off: properties["acpi"] = false
        case .none, .oldOff: break
        }
    }

    private enum ACPI { case on, off, oldOff, none }

    /// Machines that may have ACPI are told whether they have it.
    private static func acpi(_ context: BuildContext) -> ACPI {
        let wanted = context.domain.features.acpi
        if context.machine?.acpi == false || context.traits.family == .none { return .none }
        guard context.traits.isX86 || context.traits.family == .virt else { return .none }
        // Before QEMU told which machines have ACPI, only those of x86 and 64-bit ARM were told.
        if context.machine?.acpi == nil, !context.traits.isX86, context.traits.architecture != "aarch64" {
            return .none
        }
        if wanted { return .on }
        // Before QEMU said which machines have it, ACPI was switched off by an option.
        return context.machine?.acpi == nil && context.traits.isX86 ? .oldOff : .off
    }

    private static func putPower(_ properties: inout JSONObject, _ context: BuildContext) {
        let features = context.domain.features
        guard context.traits.isPPC64 else { return }
        if let hpt = features.hpt {
            properties.put("resize-hpt", hpt.resizing?.rawValue)
            if let size = hpt.maxpagesize {
                properties["cap-hpt-max-page-size"] = .string("\(size.kibibytes)k")
            }
        }
        properties.put("cap-htm", features.htm?.state)
        properties.put("cap-nested-hv", features.nestedHv?.state)
        properties.put("cap-ccf-assist", features.ccfAssist?.state)
        properties.put("cap-cfpc", features.cfpc?.value?.rawValue)
        properties.put("cap-sbbc", features.sbbc?.value?.rawValue)
        properties.put("cap-ibs", features.ibs?.value?.rawValue)
        if context.domain.cpu?.mode == .hostModel, let model = context.domain.cpu?.model?.name {
            properties["max-cpu-compat"] = .string(model.lowercased())
        }
    }

    private static func putFirmware(_ properties: inout JSONObject, _ context: BuildContext) {
        guard context.domain.os.loader?.type == .pflash else { return }
        for (index, nodes) in FirmwareOptions.flashes(context).enumerated() {
            properties["pflash\(index)"] = .string(nodes.topNode)
        }
    }

    private static func putS390(_ properties: inout JSONObject, _ context: BuildContext) {
        guard context.traits.isS390 else { return }
        for name in [KeyWrapCipher.Name.aes, .dea] {
            let cipher = context.domain.keywrap.first { $0.name == name }
            properties.put("\(name.rawValue)-key-wrap", cipher?.state)
        }
        guard !context.hasDeviceLoadParameters else { return }
        let parameters =
            context.domain.devices.disks.filter { $0.boot?.order == 1 }.compactMap { $0.boot?.loadparm }
            + context.domain.devices.interfaces.filter { $0.boot?.order == 1 }.compactMap { $0.boot?.loadparm }
            + context.domain.devices.hostDevices.filter { $0.boot?.order == 1 }.compactMap { $0.boot?.loadparm }
        properties.put("loadparm", parameters.first)
    }

    private static func putEnclaves(_ properties: inout JSONObject, _ context: BuildContext) {
        let enclaves = context.domain.devices.memories.filter { $0.model == .sgxEPC }
        guard !enclaves.isEmpty else { return }
        properties["sgx-epc"] = .array(
            enclaves.map { memory in
                var entry: JSONObject = ["memdev": .string("mem" + memory.alias.id)]
                entry.put("node", memory.target.node)
                return .object(entry)
            })
    }

    static func accelerator(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let features = context.domain.features
        var properties: JSONObject = ["accel": .string(context.accelerator.rawValue)]
        if context.accelerator == .tcg, let cache = features.tcg?.tbCache {
            properties["tb-size"] = JSONValue(cache.mebibytes)
        }
        if context.accelerator == .kvm, let ring = features.kvm?.dirtyRing, ring.state == .on {
            properties.put("dirty-ring-size", ring.size)
        }
        return [QEMUOption(.accel, properties, from: context.domain.origin)]
    }

    /// The memory that SMM code keeps for itself.
    static func tseg(_ context: BuildContext) -> [QEMUOption] {
        guard let tseg = context.domain.features.smm?.tseg, context.traits.family == .q35 else { return [] }
        return [
            QEMUOption(
                .global,
                ["driver": "mch", "property": "extended-tseg-mbytes", "value": JSONValue(tseg.mebibytes)],
                from: context.domain.features.origin)
        ]
    }
}

extension BuildContext {
    /// Whether the loader's parameter belongs to the device it boots from, rather than to the machine.
    var hasDeviceLoadParameters: Bool { capabilities.has(device: "virtio-blk-ccw", property: "loadparm") }
}
