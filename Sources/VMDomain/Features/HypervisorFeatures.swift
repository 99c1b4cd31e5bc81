public import VMXML

/// `<hyperv>`: enlightenments by which Windows guests recognize and use the hypervisor.
public struct HyperV: XMLElement {
    public enum Mode: String, XMLEnum {
        case custom, passthrough
        case hostModel = "host-model"
    }

    public var mode: Mode?
    public var relaxed: FeatureSwitch?
    public var vapic: FeatureSwitch?
    public var spinlocks: Spinlocks?
    public var vpindex: FeatureSwitch?
    public var runtime: FeatureSwitch?
    public var synic: FeatureSwitch?
    public var stimer: Stimer?
    public var reset: FeatureSwitch?
    public var vendorId: VendorID?
    public var frequencies: FeatureSwitch?
    public var reenlightenment: FeatureSwitch?
    public var tlbflush: TLBFlush?
    public var ipi: FeatureSwitch?
    public var evmcs: FeatureSwitch?
    public var avic: FeatureSwitch?
    public var emsrBitmap: FeatureSwitch?
    public var xmmInput: FeatureSwitch?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("mode", &mode)
        x.keepOpen()
        x.element("relaxed", &relaxed)
        x.element("vapic", &vapic)
        x.element("spinlocks", &spinlocks)
        x.element("vpindex", &vpindex)
        x.element("runtime", &runtime)
        x.element("synic", &synic)
        x.element("stimer", &stimer)
        x.element("reset", &reset)
        x.element("vendor_id", &vendorId)
        x.element("frequencies", &frequencies)
        x.element("reenlightenment", &reenlightenment)
        x.element("tlbflush", &tlbflush)
        x.element("ipi", &ipi)
        x.element("evmcs", &evmcs)
        x.element("avic", &avic)
        x.element("emsr_bitmap", &emsrBitmap)
        x.element("xmm_input", &xmmInput)
    }

    public struct Spinlocks: XMLElement {
        public var state: OnOff?
        public var retries: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("state", &state)
            x.attribute("retries", &retries)
        }
    }

    public struct Stimer: XMLElement {
        public var state: OnOff?
        public var direct: FeatureSwitch?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("state", &state)
            x.element("direct", &direct)
        }
    }

    public struct VendorID: XMLElement {
        public var state: OnOff?
        /// At most twelve characters, without commas.
        public var value: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("state", &state)
            x.attribute("value", &value)
        }
    }

    public struct TLBFlush: XMLElement {
        public var state: OnOff?
        public var direct: FeatureSwitch?
        public var extended: FeatureSwitch?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("state", &state)
            x.element("direct", &direct)
            x.element("extended", &extended)
        }
    }
}

/// `<kvm>`: features of KVM.
public struct KVMFeatures: XMLElement {
    public var hidden: FeatureSwitch?
    public var hintDedicated: FeatureSwitch?
    public var pollControl: FeatureSwitch?
    public var pvIpi: FeatureSwitch?
    public var dirtyRing: DirtyRing?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.keepOpen()
        x.element("hidden", &hidden)
        x.element("hint-dedicated", &hintDedicated)
        x.element("poll-control", &pollControl)
        x.element("pv-ipi", &pvIpi)
        x.element("dirty-ring", &dirtyRing)
    }

    public struct DirtyRing: XMLElement {
        public var state: OnOff?
        /// Entries of the ring: a power of two from 1024 to 65536.
        public var size: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("state", &state)
            x.attribute("size", &size)
        }
    }
}

/// `<xen>`: features of Xen guests.
public struct XenFeatures: XMLElement {
    public var e820Host: FeatureSwitch?
    public var passthrough: Passthrough?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.keepOpen()
        x.element("e820_host", &e820Host)
        x.element("passthrough", &passthrough)
    }

    public struct Passthrough: XMLElement {
        public enum Mode: String, XMLEnum {
            case syncPt = "sync_pt"
            case sharePt = "share_pt"
        }

        public var state: OnOff?
        public var mode: Mode?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("state", &state)
            x.attribute("mode", &mode)
        }
    }
}

/// `<capabilities>`: which of Linux's capabilities a container keeps.
public struct ContainerCapabilities: XMLElement {
    public enum Policy: String, XMLEnum { case `default`, allow, deny }

    public var policy: Policy?
    /// The capabilities that differ from the policy, by name.
    public var states: [String: FeatureSwitch] = [:]

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("policy", &policy)
        for name in ContainerCapabilities.names {
            var state = states["\(name)"]
            x.element(name, &state)
            if x.isReading, let state { states["\(name)"] = state }
        }
    }

    private static let names: [StaticString] = [
        "audit_control", "audit_write", "block_suspend", "chown", "dac_override", "dac_read_search", "fowner",
        "fsetid", "ipc_lock", "ipc_owner", "kill", "lease", "linux_immutable", "mac_admin", "mac_override", "mknod",
        "net_admin", "net_bind_service", "net_broadcast", "net_raw", "setgid", "setfcap", "setpcap", "setuid",
        "sys_admin", "sys_boot", "sys_chroot", "sys_module", "sys_nice", "sys_pacct", "sys_ptrace", "sys_rawio",
        "sys_resource", "sys_time", "sys_tty_config", "syslog", "wake_alarm",
    ]
}
