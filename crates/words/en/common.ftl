today = today
yesterday = yesterday
tomorrow = tomorrow
just-now = just now
minutes-ago = { $n ->
    [one] 1 minute ago
   *[other] { $n } minutes ago
}
hours-ago = { $n ->
    [one] 1 hour ago
   *[other] { $n } hours ago
}
left-working-days = { $n ->
    [one] 1 working day left
   *[other] { $n } working days left
}
left-days = { $n ->
    [one] 1 day left
   *[other] { $n } days left
}
overdue-days = { $n ->
    [one] 1 day overdue
   *[other] { $n } days overdue
}
working-days = { $n ->
    [one] 1 working day
   *[other] { $n } working days
}
span-hours = { $n } h
span-minutes = { $n } min
dates-range = { $from } to { $to }
weekday-mon = Monday
weekday-tue = Tuesday
weekday-wed = Wednesday
weekday-thu = Thursday
weekday-fri = Friday
weekday-sat = Saturday
weekday-sun = Sunday
short-weekday-mon = Mon
short-weekday-tue = Tue
short-weekday-wed = Wed
short-weekday-thu = Thu
short-weekday-fri = Fri
short-weekday-sat = Sat
short-weekday-sun = Sun
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

product = Đối Thoại
place = 1022 Ho Chi Minh City
skip = Skip to content
nav-main = Main
nav-index = Index
nav-send = Write to us
nav-lookup = Look up
nav-answers = Answers
nav-cases = Cases
nav-admin = Administration
nav-log_out = Log out
nav-find = Find a case
nav-find-hint = Code, name, words (Ctrl K)
nav-privacy = Personal data
nav-access = Accessibility help
admin-home = Overview
admin-places = Administration views
admin-channels = Channels
admin-officers = Officers
admin-jobs = Background work
foot = People's Committee of Ho Chi Minh City. Hotline 1022, day and night. Danger to life: call 113, 114 or 115.

steps = Steps
ruler = How the deadline is counted
ruler-received = Received { $date }
ruler-due = Due { $date }
due-today = Today
due-overdue = { $n ->
    [one] 1 day overdue
   *[other] { $n } days overdue
}
due-left = { $n ->
    [one] 1 working day left
   *[other] { $n } working days left
}
due-left-brief = { $n ->
    [one] 1 day left
   *[other] { $n } days left
}
due-paused = Paused
due-paused-until = until { $day }
qr-label = QR code that opens the page of case { $code }
attachments = Attachments
pager = Pages
pager-earlier = Previous page
pager-later = Next page
answer-checked = What we checked
answer-basis = Legal basis
answer-next = What comes next
answer-contact = Contact
errors-title = { $n ->
    [one] Not sent yet, 1 thing to correct
   *[other] Not sent yet, { $n } things to correct
}
rating-legend = Rating

js-offline = Not sent: the connection is lost. Your text is still here, press Send again.
js-resend = Send again
js-online = You are online again. You can send now.
js-restored = This is the draft you wrote earlier, kept on this device.
js-discard = Delete the draft
js-sending = Sending…
js-remove = Remove the file
js-too_big = is larger than 25 MB, please choose another file
js-too_many = At most 10 files at a time. Please remove some.
js-live_lost = Connection lost, the list is not live. Reconnecting…
keys-title = Keyboard shortcuts
keys-off = Switch single keys off
keys-on = Switch single keys on
keys-close = Close
keys-help = All shortcuts
keys-find = Find a case or command
keys-next = Next case
keys-previous = Previous case
keys-open = Open the chosen case
keys-leave = Leave, back to the list
keys-submit = Send what is being written

error-not_found-title = We cannot find this page
error-not_found-text = The address may be mistyped or the page has moved. Look up your case by its code, or go to the first page.
error-forbidden-title = You cannot see this page yet
error-forbidden-text = This page needs other rights. Log in with the account that was given this work.
error-invalid-title = We could not take this
error-invalid-text = What was sent could not be read. Go back, check it and send it again.
error-conflict-title = Someone saved before you
error-conflict-text = Your text is still on the page before. Look at the new version, then save again.
error-too_many-title = A little too fast
error-too_many-text = Please wait { $wait } and try again. If it is urgent, call 1022.
error-too_large-title = This is too large
error-too_large-text = At most 10 files at a time, each up to 25 MB. Please remove some and send again.
error-unavailable-title = We cannot take anything new for a moment
error-unavailable-text = We could not store new content and are working on it. Please send again in a few minutes, or call 1022.
error-method-title = This cannot be done here
error-method-text = Go back to the page before and use its buttons.
error-internal-title = Our mistake
error-internal-text = It was not done, and we have recorded the fault. Please try again, or call 1022.
error-home = To the first page
wait-seconds = { $n ->
    [one] 1 second
   *[other] { $n } seconds
}
wait-minutes = { $n ->
    [one] 1 minute
   *[other] { $n } minutes
}
