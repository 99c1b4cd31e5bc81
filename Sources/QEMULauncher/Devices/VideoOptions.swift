internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<video>`: graphics cards.
enum VideoOptions {
    static func make(_ video: Video, isFirst: Bool, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let model = video.model, let type = model.type, type != .none else { return [] }
        let alias = video.alias.id
        let isPrimary = model.primary.map { $0 == .yes } ?? isFirst
        let driver = try driver(video, type, isPrimary, context)
        var properties: JSONObject = ["driver": .string(driver)]
        if type == .virtio, driver != "vhost-user-vga" { properties.put(video.driver.virtio) }
        properties["id"] = .string(alias)
        var options: [QEMUOption] = []
        if type == .virtio, video.driver.name == .vhostuser {
            let chardev = "chr-vu-" + alias
            let socket: JSONObject = [
                "backend": "socket", "id": .string(chardev),
                "path": .string("\(context.host.folders.machine)/\(alias)-vhost-user-gpu.sock"),
            ]
            options.append(QEMUOption(.chardev, socket, from: video.origin))
            properties["max_outputs"] = JSONValue(model.heads ?? 1)
            properties["chardev"] = .string(chardev)
        } else {
            putDetails(model, type, driver, context, &properties)
        }
        return options + (try context.device(properties, at: video.address, acpi: video.acpi, from: video.origin))
    }

    private static func driver(
        _ video: Video, _ type: Video.Model.Kind, _ isPrimary: Bool, _ context: BuildContext
    ) throws(VMError) -> String {
        switch type {
        case .vga: return "VGA"
        case .cirrus: return "cirrus-vga"
        case .vmvga: return "vmware-svga"
        case .qxl: return isPrimary ? "qxl-vga" : "qxl"
        case .bochs: return "bochs-display"
        case .ramfb: return "ramfb"
        case .virtio: return virtioDriver(video, isPrimary, context)
        default:
            throw VMError(
                .unsupported, "QEMU has no graphics card '\(type.rawValue)'",
                remedy: "use virtio, vga, qxl, cirrus, bochs or ramfb")
        }
    }

    private static func virtioDriver(_ video: Video, _ isPrimary: Bool, _ context: BuildContext) -> String {
        // On virtio-mmio, too, libvirt chooses the card with a VGA mode, which then finds itself a place on PCI.
        let isChannel = video.address?.type ?? (context.traits.isS390 ? .ccw : .pci) == .ccw
        let vga = isPrimary && !isChannel && context.capabilities.has(device: "virtio-vga") && !context.traits.isARM
        if video.driver.name == .vhostuser {
            return vga ? "vhost-user-vga" : context.virtioDriver("vhost-user-gpu", at: video.address)
        }
        let accelerated =
            video.model?.acceleration?.accel3d == .yes
            && context.capabilities.has(device: vga ? "virtio-vga-gl" : "virtio-gpu-gl-pci")
        if vga { return accelerated ? "virtio-vga-gl" : "virtio-vga" }
        return context.virtioDriver(accelerated ? "virtio-gpu-gl" : "virtio-gpu", at: video.address)
    }

    private static func putDetails(
        _ model: Video.Model, _ type: Video.Model.Kind, _ driver: String, _ context: BuildContext,
        _ properties: inout JSONObject
    ) {
        if type == .virtio, model.acceleration?.accel3d == .yes, !driver.contains("-gl") {
            properties["virgl"] = true
        }
        switch type {
        case .qxl:
            properties["max_outputs"] = JSONValue(model.heads ?? 1)
            properties["ram_size"] = JSONValue(UInt64(model.ram ?? 65536) << 10)
            properties["vram_size"] = JSONValue(UInt64(model.vram ?? 65536) << 10)
            properties["vram64_size_mb"] = JSONValue((model.vram64 ?? 0) >> 10)
            properties["vgamem_mb"] = JSONValue((model.vgamem ?? 16384) >> 10)
        case .virtio:
            properties["max_outputs"] = JSONValue(model.heads ?? 1)
            properties.put("blob", model.blob)
        case .vga, .vmvga: if let vram = model.vram, vram > 0 { properties["vgamem_mb"] = JSONValue(vram >> 10) }
        case .bochs: if let vram = model.vram { properties["vgamem"] = JSONValue(UInt64(vram) << 10) }
        default: break
        }
        if [.vga, .bochs, .virtio].contains(type) { properties.put("edid", model.edid) }
        if [.vga, .qxl, .virtio, .bochs].contains(type), let resolution = model.resolution {
            properties.put("xres", resolution.x)
            properties.put("yres", resolution.y)
        }
    }
}
