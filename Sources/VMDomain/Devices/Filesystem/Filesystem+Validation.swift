public import VMXML

extension Filesystem: Validated {
    public func validate(_ v: inout Validation) {
        if target?.dir == nil {
            v.error("missing-element", "<filesystem> needs a <target> with the attribute 'dir'", at: .child("target"))
        }
        if source.isEmpty {
            v.error("missing-source", "<filesystem> needs a <source>", at: .child("source"))
        }
        guard v.isQEMU else { return }
        if type != .mount {
            v.error(
                "unsupported-type", "QEMU shares folders only: type='mount'", at: .attribute("type"),
                found: type.rawValue, accepted: ["mount"])
        }
        switch driver?.type {
        case .virtiofs: validateVirtioFS(&v)
        case nil, .path, .handle: validate9P(&v)
        case .mtp: break
        case .loop, .nbd, .ploop:
            v.error(
                "unsupported-driver", "QEMU has no file systems with the driver '\(driver?.type?.rawValue ?? "")'",
                at: .child("driver", "type"), found: driver?.type?.rawValue, accepted: ["path", "virtiofs"])
        }
        if let address, ![.pci, .ccw, .virtioMMIO, .unassigned].contains(address.type) {
            v.error(
                "address-type", "a file system can't have an address of the type '\(address.type.rawValue)'",
                at: .child("address", "type"), found: address.type.rawValue, accepted: ["pci", "ccw"])
        }
    }

    private func validate9P(_ v: inout Validation) {
        if fmode != nil || dmode != nil, accessmode != .mapped {
            v.error(
                "mode-without-mapping", "'\(fmode != nil ? "fmode" : "dmode")' needs accessmode='mapped'",
                at: .attribute(fmode != nil ? "fmode" : "dmode"))
        }
        if driver?.queue != nil {
            v.error("only-virtiofs", "'queue' is only for the driver 'virtiofs'", at: .child("driver", "queue"))
        }
        if binary != nil {
            v.error("only-virtiofs", "<binary> is only for the driver 'virtiofs'", at: .child("binary"))
        }
        if source.socket != nil {
            v.error("only-virtiofs", "'socket' is only for the driver 'virtiofs'", at: .child("source", "socket"))
        }
        if boot != nil { v.error("no-boot", "a machine can boot from virtiofs only", at: .child("boot")) }
    }

    private func validateVirtioFS(_ v: inout Validation) {
        if !v.hasSharedMemory {
            v.error(
                "memory-not-shared",
                "virtiofs needs the guest's memory to be shared: <memoryBacking> with <access mode='shared'/>",
                at: .child("driver", "type"), found: "virtiofs")
        }
        for (name, isThere) in [
            ("multidevs", multidevs != nil), ("fmode", fmode != nil), ("dmode", dmode != nil),
        ] where isThere {
            v.error("no-virtiofs", "virtiofs knows no '\(name)'", at: .attribute(name))
        }
        if let accessmode, accessmode != .passthrough {
            v.error(
                "no-virtiofs", "virtiofs has accessmode='passthrough' only", at: .attribute("accessmode"),
                found: accessmode.rawValue, accepted: ["passthrough"])
        }
        if driver?.wrpolicy != nil {
            v.error("no-virtiofs", "virtiofs knows no 'wrpolicy'", at: .child("driver", "wrpolicy"))
        }
        if model != nil { v.error("no-virtiofs", "virtiofs has no 'model'", at: .attribute("model")) }
        if boot != nil, let address, address.type != .pci {
            v.error("no-boot", "a machine can boot from virtiofs on a PCI bus only", at: .child("boot"))
        } else if boot != nil, address == nil, v.isS390 == true {
            v.error("no-boot", "a machine can boot from virtiofs on a PCI bus only", at: .child("boot"))
        }
        if source.socket != nil, binary != nil || idmap != nil {
            v.error(
                "socket-and-daemon", "a daemon that runs already ('socket') takes no options",
                at: .child(binary != nil ? "binary" : "idmap"))
        }
    }
}

extension FilesystemSource {
    fileprivate var isEmpty: Bool {
        switch type {
        case .mount, .bind: dir == nil && socket == nil
        case .file: file == nil
        case .block: dev == nil
        case .template: name == nil
        case .ram: usage == nil
        case .volume: pool == nil || volume == nil
        }
    }
}
