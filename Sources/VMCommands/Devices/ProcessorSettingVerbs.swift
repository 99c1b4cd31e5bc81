internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `setvcpu NAME VCPULIST [--enable|--disable]`.
    static var setvcpu: Verb {
        Verb(
            "setvcpu", group: .devices, "attach/detach vcpu or groups of threads",
            details: "A running machine gives back only those that it got while it ran, when its guest agrees.",
            parameters: [
                .domain(), .argument("vcpulist", "string", "ids of vcpus to manipulate"),
                .flag("enable", "enable cpus specified by cpumap"),
                .flag("disable", "disable cpus specified by cpumap"),
            ] + .scope + [.timeout],
            exclusive: .scope + [["enable", "disable"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            guard invocation.flag("enable") || invocation.flag("disable") else {
                throw VMError(.usage, "one of --enable, --disable is required")
            }
            guard let set = CPUSet(xml: try invocation.required("vcpulist")), !set.isEmpty else {
                throw VMError(.usage, "vcpulist: Invalid format.", remedy: "write processors as in '1-3,^2'")
            }
            try manager.setProcessors(
                key, numbers: set.members, enabled: invocation.flag("enable"),
                scope: invocation.scope(standard: .current), timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `maxvcpus [TYPE]`.
    static var maxvcpus: Verb {
        Verb(
            "maxvcpus", group: .host, "show maximum number of virtual CPUs for guests on this connection",
            details: "Of the machine type that QEMU takes when none is named; others may have more.",
            parameters: [
                .optional(
                    "type", "string", "domain type: qemu or kvm; their limits are the same here",
                    completion: .words(["qemu", "kvm"]))
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            _ = try invocation.word("type", among: ["qemu", "kvm"])
            let count = try invocation.manager().maximumProcessors()
            return Report(.text("\(count)\n"), value: ["maximum": .integer(Int64(count))], names: ["\(count)"])
        }
    }
}
