internal import VMCore
internal import VMDomain
internal import VMXML

/// `<graphics>`, `<video>`, `<input>`, `<audio>`: what a machine with a display needs.
enum DisplayDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        for index in domain.devices.graphics.indices { fill(&domain.devices.graphics[index]) }
        addVideo(&domain, context)
        addInputs(&domain, context)
        addAudio(&domain)
        for index in domain.devices.sounds.indices where domain.devices.sounds[index].model == nil {
            domain.devices.sounds[index].model = .ich6
        }
    }

    // MARK: Graphics

    private static func fill(_ graphics: inout Graphics) {
        switch graphics.type {
        case .vnc, .spice, .rdp: break
        default: return
        }
        if graphics.listens.isEmpty, isWithoutPorts(graphics) {
            var listen = GraphicsListen()
            listen.type = .none
            graphics.listens = [listen]
        }
        if graphics.listens.isEmpty {
            var listen = GraphicsListen()
            if graphics.socket?.contains("/libvirt/qemu/domain-") ?? false { graphics.socket = nil }
            if let socket = graphics.socket {
                listen.type = .socket
                listen.socket = socket
            } else {
                listen.address = graphics.listen
            }
            graphics.listens = [listen]
        }
        let first = graphics.listens[0]
        switch first.type {
        case .address: graphics.listen = first.address
        case .socket: graphics.socket = first.socket
        case .network, .none: break
        }
        fillPorts(&graphics, hasPort: first.type == .address || first.type == .network)
    }

    /// A SPICE server that says nothing of ports is reached through the program that started the machine.
    private static func isWithoutPorts(_ graphics: Graphics) -> Bool {
        graphics.type == .spice && graphics.autoport != .yes && graphics.port ?? 0 == 0 && graphics.tlsPort ?? 0 == 0
            && graphics.listen == nil && graphics.socket == nil
    }

    private static func fillPorts(_ graphics: inout Graphics, hasPort: Bool) {
        guard hasPort else {
            if graphics.type == .spice { graphics.autoport = nil }
            return
        }
        switch graphics.type {
        case .vnc:
            if graphics.port == nil || graphics.port == -1 || graphics.port == 0 || graphics.autoport == .yes {
                graphics.port = -1
                graphics.autoport = .yes
            } else if graphics.autoport == nil {
                graphics.autoport = .no
            }
        case .spice:
            if graphics.port == -1 || graphics.tlsPort == -1 { graphics.autoport = .yes }
            graphics.autoport.fill((graphics.port == nil && graphics.tlsPort == nil ? .yes : .no))
            if graphics.port == 0 { graphics.port = nil }
        case .rdp:
            if graphics.port == nil || graphics.port == -1 { graphics.autoport = .yes }
        default: break
        }
    }

    // MARK: Video

    private static func addVideo(_ domain: inout Domain, _ context: PlanContext) {
        if domain.devices.videos.isEmpty, !domain.devices.graphics.isEmpty {
            domain.devices.videos = [Video()]
        }
        for index in domain.devices.videos.indices {
            var model = domain.devices.videos[index].model ?? Video.Model()
            model.type.fill(standardVideo(context))
            if model.type != Video.Model.Kind.none { fillMemory(&model) }
            if model.primary == .no { model.primary = nil }
            domain.devices.videos[index].model = model
        }
        if !domain.devices.videos.contains(where: { $0.model?.primary == .yes }),
            let first = domain.devices.videos.first?.model, first.type != Video.Model.Kind.none
        {
            domain.devices.videos[0].model?.primary = .yes
        }
        // The primary one comes first, whatever the document's order.
        if let primary = domain.devices.videos.firstIndex(where: { $0.model?.primary == .yes }), primary > 0 {
            let video = domain.devices.videos.remove(at: primary)
            domain.devices.videos.insert(video, at: 0)
        }
    }

    private static func standardVideo(_ context: PlanContext) -> Video.Model.Kind {
        if context.traits.isPPC64 { return .vga }
        if context.traits.isARM || context.traits.isS390 || context.traits.isRISCV || context.traits.isLoongArch {
            return .virtio
        }
        return context.has("cirrus-vga") ? .cirrus : .vga
    }

    private static func fillMemory(_ model: inout Video.Model) {
        switch model.type {
        case .qxl:
            model.ram.fill(65536)
            model.vram.fill(65536)
            model.vgamem.fill(16384)
        case .vga, .cirrus, .vmvga, .bochs: model.vram = model.vram ?? 16384
        default: break
        }
        model.heads.fill(1)
    }

    // MARK: Input

    private static func addInputs(_ domain: inout Domain, _ context: PlanContext) {
        for index in domain.devices.inputs.indices where domain.devices.inputs[index].bus == nil {
            domain.devices.inputs[index].bus = standardBus(domain.devices.inputs[index], context)
        }
        if context.traits.hasPS2, domain.features.ps2?.state != .off {
            add(.mouse, .ps2, &domain)
            add(.keyboard, .ps2, &domain)
        } else if context.traits.isPPC64, context.traits.addsUSB, !domain.devices.graphics.isEmpty {
            add(.keyboard, .usb, &domain)
            add(.mouse, .usb, &domain)
        }
    }

    private static func standardBus(_ input: Input, _ context: PlanContext) -> Input.Bus? {
        if input.type == .passthrough { return .virtio }
        if input.type == .evdev { return nil }
        if input.type == .tablet || !context.traits.isX86 { return context.traits.isS390 ? .virtio : .usb }
        return .ps2
    }

    private static func add(_ type: Input.Kind, _ bus: Input.Bus, _ domain: inout Domain) {
        guard !domain.devices.inputs.contains(where: { $0.type == type && $0.bus == bus }) else { return }
        var input = Input()
        input.type = type
        input.bus = bus
        domain.devices.inputs.append(input)
    }

    // MARK: Audio

    private static func addAudio(_ domain: inout Domain) {
        for index in domain.devices.audios.indices where domain.devices.audios[index].id == nil {
            domain.devices.audios[index].id = (domain.devices.audios.compactMap(\.id).max() ?? 0) &+ 1
        }
        guard domain.devices.audios.isEmpty else { return }
        // With a window on the host or a bus to it, what to hear is the user's to say.
        let remote =
            domain.devices.graphics.first { $0.type == .spice } ?? domain.devices.graphics.first { $0.type == .vnc }
        guard domain.devices.graphics.isEmpty || remote != nil else { return }
        var audio = Audio()
        audio.id = 1
        if remote?.type == .spice { audio.type = .spice }
        domain.devices.audios = [audio]
    }
}
