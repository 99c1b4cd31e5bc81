internal import Glibc
public import VMCore
public import VMDomain
internal import VMJSON
internal import VMXML

extension HostFacts {
    /// The facts to plan with here: those of the folder that `VMCTL_TEST_HOST` names, else the host's own.
    public static func current() throws(VMError) -> HostFacts {
        guard let folder = getenv("VMCTL_TEST_HOST").map({ String(cString: $0) }), !folder.isEmpty else {
            var facts = HostFacts()
            facts.hasVhostNet = access("/dev/vhost-net", R_OK | W_OK) == 0
            facts.clock = localClock()
            return facts
        }
        var facts = try HostFacts(profile: folder + "/hostprofile.json")
        facts.readFirmware(root: folder + "/firmware", home: folder + "/firmware/home/user/.config")
        facts.cpuMap = folder + "/../cpu_map"
        return facts
    }

    /// The facts to plan one domain with: what only some domains need is read only for those.
    public static func current(for domain: Domain) throws(VMError) -> HostFacts {
        var facts = try current()
        if facts.firmware.isEmpty, domain.os.firmware != nil || domain.os.loader?.path != nil {
            facts.readHostFirmware()
        }
        if facts.numaNodes.isEmpty { facts.readNodes(for: domain) }
        facts.readHugePages(for: domain)
        if facts.renderNode == nil, domain.devices.graphics.contains(where: { $0.needsRenderNode }) {
            facts.renderNode = HostFacts.firstRenderNode()
        }
        if facts.processorModel == nil, domain.os.type?.arch?.hasPrefix("ppc64") == true {
            facts.processorModel = HostFacts.powerModel()
        }
        return facts
    }

    /// The node by which programs draw on the host's first graphics processor; nil where there is none.
    private static func firstRenderNode() -> String? {
        let entries = try? VMCore.Folders.entries("/dev/dri") { $0.hasPrefix("renderD") }
        return entries?.map(\.name).min().map { "/dev/dri/" + $0 }
    }

    /// Seconds since 1970 and how far the host's time zone is from UTC, with which variable clocks start.
    private static func localClock() -> (seconds: Int64, offset: Int64) {
        var now = time(nil)
        var local = tm()
        guard localtime_r(&now, &local) != nil else { return (Int64(now), 0) }
        return (Int64(now), Int64(local.tm_gmtoff))
    }

    /// The host's NUMA nodes, for a domain that names some.
    private mutating func readNodes(for domain: Domain) {
        let tuning = domain.numatune
        guard
            tuning.memory?.nodeset != nil || !tuning.memnodes.isEmpty
                || domain.devices.memories.contains(where: { $0.source.nodemask != nil })
        else { return }
        guard let text = try? Files.read("/sys/devices/system/node/online", limit: 4096, regularOnly: false) else {
            return
        }
        let list = String(decoding: text, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
        numaNodes = CPUSet(xml: list)?.members.map { Int($0) } ?? []
    }

    /// `POWER9` of a host whose processor is one; nil elsewhere.
    private static func powerModel() -> String? {
        let words = ProcFields.processors()["cpu"]?.split { " ,(".contains($0) } ?? []
        return words.first { $0.hasPrefix("POWER") }.map(String.init)
    }

    /// Reads facts from a JSON file: `hugetlbfs`, `page_size`, `numa`, `cdrom_drives`, `drm_render_node` and so on.
    public init(profile path: String) throws(VMError) {
        self.init()
        let profile = try JSONParser.parse(try Files.read(path))
        pageSize = UInt64(clamping: profile["page_size"]?.int ?? 4096)
        hugePages = (profile["hugetlbfs"]?.array ?? []).compactMap { entry in
            guard let mount = entry["mount"]?.string, let size = entry["size_kib"]?.int else { return nil }
            return HugePages(
                mount: mount, sizeKiB: UInt64(clamping: size), isDefault: entry["default"]?.bool ?? false)
        }
        numaNodes = (profile["numa"]?["nodes"]?.array ?? []).compactMap(\.int)
        processorModel = profile["host_cpu"]?["ppc64"]?["model"]?.string
        automaticNodes = profile["numa"]?["automatic_placement"]?.string
        cdromDrives = Set((profile["cdrom_drives"]?.array ?? []).compactMap(\.string))
        renderNode = profile["drm_render_node"]?.string
        hasSpicePassword = true
        hasLogDaemon = true
        if folders == Folders() { folders = .forProfiles }
        if let library = profile["dirs"]?["lib"]?.string { folders.nvram = library + "/nvram" }
        if let node = profile["scsi_generic_node_of_any_scsi_hostdev"]?.string { scsiGenericNodes = ["*": node] }
        for (address, group) in profile["pci_devices"]?["groups"]?.object ?? [:] { iommuGroups[address] = group.int }
        vsockCID = profile["vsock_auto_cid"]?.int.map { UInt64(clamping: $0) }
        clock = (Int64(profile["clock"]?["utc_seconds"]?.int ?? 0), 0)
    }
}

extension HostFacts.Folders {
    /// Where things would lie on a host that only a profile describes.
    static var forProfiles: HostFacts.Folders {
        var folders = HostFacts.Folders()
        folders.machine = "/run/vmctl/domain-profile"
        folders.nvram = "/var/lib/libvirt/qemu/nvram"
        folders.channels = "/run/vmctl/channel"
        folders.memory = "/var/lib/vmctl/ram"
        folders.passt = "/run/vmctl/passt"
        return folders
    }
}

extension Graphics {
    /// Whether it draws on the host's graphics processor and doesn't say by which node.
    fileprivate var needsRenderNode: Bool { (type == .eglHeadless || gl?.enable == .yes) && gl?.rendernode == nil }
}
