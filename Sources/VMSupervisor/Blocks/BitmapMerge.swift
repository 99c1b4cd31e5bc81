internal import MonitorJSON
internal import VMCore
internal import VMJSON

/// What has to be done so that the bitmaps of images that a job has merged into one say in that one what they said before:
/// which blocks were written since each of them was made.
enum BitmapMerge {
    /// The actions of one transaction.
    ///
    /// - Parameters:
    ///   - layers: the images that are merged.
    ///   - target: the one that they are merged into, as it is now.
    ///   - addsMissing: whether it gets the bitmaps that it hasn't got.
    static func actions(
        _ layers: [BlockGraph.Layer], into target: BlockGraph.Layer, addsMissing: Bool = true
    ) -> [QMPRequest] {
        var sources: [String: [DirtyBitmapMerge.Source]] = [:]
        var models: [BlockGraph.Bitmap] = []
        for layer in layers {
            for bitmap in layer.bitmaps where bitmap.isPersistent && !bitmap.isInconsistent {
                if sources[bitmap.name] == nil { models.append(bitmap) }
                sources[bitmap.name, default: []].append(.init(node: layer.node, bitmap: bitmap.name))
            }
        }
        var actions: [QMPRequest] = []
        for model in models {
            let present = target.bitmaps.first { $0.name == model.name }
            // One that has lost something stays one that has.
            if present?.isInconsistent == true { continue }
            if present == nil, !addsMissing { continue }
            if present == nil {
                let add = DirtyBitmap(
                    .add, node: target.node, bitmap: model.name, granularity: UInt32(exactly: model.granularity),
                    isPersistent: true, isDisabled: !model.isRecording)
                actions.append(add.request(for: nil))
            }
            let merge = DirtyBitmapMerge(
                node: target.node, target: model.name, sources: sources[model.name] ?? [])
            actions.append(merge.request(for: nil))
        }
        return actions
    }
}
