public import VMXML

extension Video: Validated {
    public func validate(_ v: inout Validation) {
        // Of no card nothing else is kept.
        guard let model, let type = model.type, type != Model.Kind.none else { return }
        validateMemory(model, type, &v)
        validateDrawing(model, type, &v)
        if type != .virtio { v.noVirtioOptions(driver.virtio, "a card of type '\(type.rawValue)'") }
        if driver.name == .vhostuser, type != .virtio {
            v.error(
                "video-driver", "'vhostuser' draws only for cards of type 'virtio'", at: .child("driver", "name"),
                found: "vhostuser")
        }
        if let size = model.resolution, size.x == 0 || size.y == 0 {
            v.error("invalid-resolution", "a resolution is at least one pixel", at: .child(["model", "resolution"]))
        } else if model.resolution != nil, [.cirrus, .vmvga, .ramfb, .xen, .vbox, .gop, .parallels].contains(type) {
            v.error(
                "no-resolution", "a card of type '\(type.rawValue)' has no resolution of its own",
                at: .child(["model", "resolution"]))
        }
    }

    private func validateMemory(_ model: Model, _ type: Model.Kind, _ v: inout Validation) {
        if type != .qxl {
            for (name, size) in [("ram", model.ram), ("vram64", model.vram64), ("vgamem", model.vgamem)] {
                guard let size else { continue }
                v.error(
                    "video-memory", "only cards of type 'qxl' have '\(name)'", at: .child("model", name),
                    found: String(size))
            }
        }
        guard v.isQEMU else { return }
        if let heads = model.heads, heads != 1, type != .qxl, type != .virtio {
            v.error(
                "video-heads", "cards of type '\(type.rawValue)' have one head", at: .child("model", "heads"),
                found: String(heads), accepted: ["1"])
        }
        if type == .qxl {
            for (name, size) in [("ram", model.ram), ("vram", model.vram)] {
                guard let size, size > UInt32.max / 1024 else { continue }
                v.error(
                    "video-memory", "'\(name)' is less than 4 GiB", at: .child("model", name), found: String(size))
            }
            if let size = model.vgamem, size > 0, size < 1024 {
                v.error(
                    "video-memory", "'vgamem' is at least 1 MiB (1024)", at: .child("model", "vgamem"),
                    found: String(size))
            }
        } else if type == .vga || type == .vmvga, let size = model.vram, size > 0, size <= 512 {
            v.error(
                "video-memory", "'vram' is at least 1 MiB (1024)", at: .child("model", "vram"), found: String(size))
        }
    }

    private func validateDrawing(_ model: Model, _ type: Model.Kind, _ v: inout Validation) {
        if let blob = model.blob, type != .virtio {
            v.error(
                "video-blob", "only cards of type 'virtio' have 'blob'", at: .child("model", "blob"),
                found: blob.rawValue)
        } else if v.isQEMU, model.blob == .on, v.domain.memoryBacking.source?.type != .memfd {
            v.error(
                "video-blob", "'blob' needs the guest's memory to be of the kind 'memfd'", at: .child("model", "blob"),
                found: "on", accepted: ["<memoryBacking> with <source type='memfd'/>"])
        }
        guard let acceleration = model.acceleration else { return }
        if acceleration.rendernode != nil, driver.name != .vhostuser {
            v.error(
                "video-acceleration", "'rendernode' of a card needs the driver 'vhostuser'",
                at: .child(["model", "acceleration"], attribute: "rendernode"), found: acceleration.rendernode)
        }
        guard v.isQEMU else { return }
        if acceleration.accel2d == .yes {
            v.error(
                "video-acceleration", "QEMU's cards have no 2D acceleration",
                at: .child(["model", "acceleration"], attribute: "accel2d"), found: "yes")
        }
        if acceleration.accel3d == .yes, type != .virtio {
            v.error(
                "video-acceleration", "only cards of type 'virtio' have 3D acceleration",
                at: .child(["model", "acceleration"], attribute: "accel3d"), found: "yes")
        }
    }
}
