internal import VMJSON

/// What a QEMU is asked, in this order. Every question has a use: a property is asked for because a device builder or a
/// planning pass depends on it.
enum ProbeQuestions {
    /// Types whose properties are asked for with `device-list-properties`, where QEMU has the type.
    static let devices = [
        "virtio-blk-pci", "virtio-net-pci", "virtio-scsi-pci", "virtio-blk-ccw", "virtio-net-ccw", "virtio-scsi-ccw",
        "vfio-pci", "scsi-hd", "ide-hd", "PIIX4_PM", "usb-redir", "usb-storage", "kvm-pit", "VGA", "vmware-svga", "qxl",
        "virtio-gpu-pci", "virtio-gpu-device", "virtio-gpu-ccw", "ICH9-LPC", "virtio-balloon-pci",
        "virtio-balloon-ccw", "virtio-balloon-device", "intel-iommu", "spapr-pci-host-bridge", "mch", "nvdimm",
        "pcie-root-port", "usb-host", "vhost-user-fs-device", "virtio-mem-pci", "virtio-iommu-pci",
        "amd-iommu", "scsi-block",
    ]

    /// Types whose properties are asked for with `qom-list-properties`, where QEMU has the type.
    static let objects = [
        "memory-backend-file", "memory-backend-memfd", "max-x86_64-cpu", "max-arm-cpu", "none-machine",
        "generic-pc-machine", "virt-machine",
    ]

    /// Machine families of which the newest version's properties are asked for.
    static let machineFamilies = ["pseries", "virt"]

    /// The arguments with which `query-cpu-model-expansion` is asked for a model.
    static func expansions(target: String, model: String) -> [JSONObject] {
        func ask(_ kind: String, _ properties: JSONObject = [:]) -> JSONObject {
            var described: JSONObject = ["name": .string(model)]
            if !properties.isEmpty { described["props"] = .object(properties) }
            return ["type": .string(kind), "model": .object(described)]
        }
        let isHost = model == "host"
        let enlightened: [JSONObject] =
            isHost ? [ask("full", ["migratable": false, "hv-passthrough": true])] : []
        switch target {
        case "x86_64", "i386": return [ask("static"), ask("static", ["migratable": false])] + enlightened
        case "aarch64", "arm": return [ask("full")] + enlightened
        case "s390x": return [ask("static"), ask("full")]
        case "loongarch64", "riscv64": return [ask("static")]
        default: return []
        }
    }
}
