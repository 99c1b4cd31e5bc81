# One of virt-manager's windows, on the display that runs this: its title, its picture, what can be read in it.
#   bash virt-manager.sh list|console|details URI MACHINE FOLDER
view=$1 uri=$2 machine=$3 folder=$4
export GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1 GDK_BACKEND=x11
case $view in
    list) words=() title='Virtual Machine Manager' ;;
    console) words=(--show-domain-console "$machine") title="$machine on " ;;
    details) words=(--show-host-summary) title='Connection Details' ;;
esac
virt-manager --connect "$uri" --no-fork --debug "${words[@]}" > "$folder/$view.log" 2>&1 &
manager=$!
for _ in $(seq 120); do
    xdotool search --name "$title" > /dev/null 2>&1 && break
    sleep 0.5
done
# The window is there before what it shows is: it is read until something can be, or for so long.
for _ in $(seq 10); do
    sleep 2
    import -window "$(xdotool search --name "$title" | tail -n 1)" "$folder/$view.png"
    identify -format '%k\n' "$folder/$view.png" > "$folder/$view.colours"
    [ "$view" = list ] || { [ "$(cat "$folder/$view.colours")" -gt 20 ] && break; continue; }
    convert "$folder/$view.png" -resize 200% "$folder/large.png"
    tesseract "$folder/large.png" "$folder/list" > "$folder/tesseract.out" 2>&1
    mv "$folder/list.txt" "$folder/list.text"
    grep -q Running "$folder/list.text" && break
done
for window in $(xdotool search --name .); do xdotool getwindowname "$window"; done | sort -u > "$folder/$view.windows"
kill "$manager"
wait "$manager" 2>/dev/null
