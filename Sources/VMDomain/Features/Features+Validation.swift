public import VMXML

extension Features: Validated {
    public func validate(_ v: inout Validation) {
        if let hyperv { v.enter("hyperv", hyperv.origin) { hyperv.validate(&$0) } }
        if let size = kvm?.dirtyRing?.size, kvm?.dirtyRing?.state == .on {
            if size < 1024 || size > 65536 || size & (size - 1) != 0 {
                v.error(
                    "dirty-ring-size", "the size of the dirty ring is a power of two from 1024 to 65536",
                    at: .child(["kvm", "dirty-ring"], attribute: "size"), found: String(size))
            }
        }
        if vmport?.isOn == true, ps2?.state == .off {
            v.error("vmport-without-ps2", "the VMware port needs the PS/2 controller", at: .child("vmport"))
        }
        guard v.isQEMU else { return }
        validateSMM(&v)
        validatePlatform(&v)
    }

    private func validateSMM(_ v: inout Validation) {
        guard let tseg = smm?.tseg else { return }
        let spot = Validation.Spot.child("smm", nil)
        if v.isQ35 == false {
            v.error("tseg-machine", "<tseg> needs a machine of type q35, not '\(v.machine ?? "")'", at: spot)
        }
        if tseg.bytes % (1 << 20) != 0 {
            v.error(
                "tseg-size", "the size of <tseg> must be a whole number of MiB, which \(tseg) isn't",
                at: .child(["smm", "tseg"], attribute: nil), found: tseg.description)
        }
    }

    /// Features that only some platforms have.
    private func validatePlatform(_ v: inout Validation) {
        let where_ = "'\(v.machine ?? "")' of '\(v.architecture ?? "")'"
        if gic != nil, v.isARM == false || v.isVirt == false {
            v.error("feature-platform", "<gic> is there for ARM's virt machines, not for \(where_)", at: .child("gic"))
        }
        let pseries: [(String, Bool)] = [
            ("hpt", hpt != nil), ("htm", htm != nil), ("nested-hv", nestedHv != nil),
            ("ccf-assist", ccfAssist != nil), ("cfpc", cfpc != nil), ("sbbc", sbbc != nil), ("ibs", ibs != nil),
        ]
        for (name, isThere) in pseries where isThere && v.isPSeries == false {
            v.error("feature-platform", "<\(name)> is there for pseries machines, not for \(where_)", at: .child(name))
        }
        let ofPCs: [(String, Bool)] = [
            ("ioapic", ioapic != nil), ("pvspinlock", pvspinlock != nil),
            ("vmport", vmport != nil), ("apic", apic?.eoi != nil), ("hyperv", hyperv != nil && v.isARM != true),
        ]
        for (name, isThere) in ofPCs where isThere && v.isX86 == false {
            v.error("feature-platform", "<\(name)> is there for x86, not for \(where_)", at: .child(name))
        }
        if pmu?.isOn == false, v.architecture?.hasPrefix("ppc64") == true {
            v.error("feature-platform", "\(where_) always has its PMU", at: .child("pmu"))
        }
        if aia != nil, v.architecture.map({ !$0.hasPrefix("riscv") }) == true {
            v.error("feature-platform", "<aia> is there for RISC-V machines, not for \(where_)", at: .child("aia"))
        }
        if ras != nil, v.isARM == false || v.isVirt == false {
            v.error("feature-platform", "<ras> is there for ARM's virt machines, not for \(where_)", at: .child("ras"))
        }
    }
}

extension HyperV: Validated {
    public func validate(_ v: inout Validation) {
        if let spinlocks, spinlocks.state == .on, spinlocks.retries == nil {
            v.error(
                "missing-attribute", "<spinlocks> that is on needs the attribute 'retries'", at: .child("spinlocks"))
        }
        if let spinlocks, spinlocks.state == .on, let retries = spinlocks.retries, retries < 4095 {
            v.error(
                "spinlock-retries", "the retries of spinlocks are at least 4095", at: .child("spinlocks", "retries"),
                found: String(retries))
        }
        if let vendorId, vendorId.state == .on {
            if let value = vendorId.value {
                if value.utf8.count > 12 || value.utf8.contains(UInt8(ascii: ",")) {
                    v.error(
                        "vendor-id", "a vendor id has at most 12 characters and no comma",
                        at: .child("vendor_id", "value"), found: value)
                }
            } else {
                v.error(
                    "missing-attribute", "<vendor_id> that is on needs the attribute 'value'", at: .child("vendor_id"))
            }
        }
    }
}
